"""Picks the words a guard shows, in the language of the question."""

from __future__ import annotations

from collections.abc import Mapping

from domainkit.packs.schemas.base import Language


def say(texts: Mapping[Language, str], language: str) -> str:
    """Return the text in ``language``, else in English, else in whichever there is."""
    wanted: Language = "zh" if language == "zh" else "en"
    return texts.get(wanted) or texts.get("en") or next(iter(texts.values()), "")
