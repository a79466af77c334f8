"""Finds the words an answer puts in quotation marks, and whether a source has them so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from domainkit.text.analysis import fold
from domainkit.text.language import HAN

_QUOTED = re.compile(r"“([^“”]{1,600})”|「([^「」]{1,600})」|\"([^\"\n]{1,600})\"")
_HAN = re.compile(f"[{HAN}]")
# Fewer characters or words than these are a term or a title, not a quotation.
_LEAST = {"zh": 8, "en": 4}
# What a quotation may leave out.
_ELISION = re.compile(r"…+|\.{3,}|\[[^\]]{0,40}\]")


def quotations(text: str) -> Iterator[str]:
    """Yield what ``text`` quotes, word for word, without its marks."""
    for found in _QUOTED.finditer(text):
        quote = next(filter(None, found.groups()), "")
        language = "zh" if _HAN.search(quote) else "en"
        length = len(_plain(quote)) if language == "zh" else len(quote.split())
        if length >= _LEAST[language]:
            yield quote


def verbatim(quote: str, texts: Iterable[str]) -> bool:
    """Return whether one of ``texts`` has the words of ``quote``, whatever its punctuation."""
    parts = [plain for part in _ELISION.split(quote) if (plain := _plain(part))]
    return any(_in_order(parts, _plain(text)) for text in texts)


def _in_order(parts: list[str], text: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))
