"""One line of ``guards.jsonl``: a text for one guard, and whether it must stop it.

What must not be stopped though it looks so is a hard negative: "I had chest pain last year".
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from domainkit.packs.schemas.base import Language, Strict

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]


class GuardCase(Strict):
    """A text, the guard it is for, and whether that guard must stop it."""

    guard: Text
    text: Text
    stop: bool
    language: Language
