"""Divides English and Chinese text into sentences by rule, keeping offsets."""

from __future__ import annotations

import re

from domainkit.types import Span

# A full stop after one of these does not end a sentence.
_ABBREVIATIONS = frozenset(
    "al app approx art arts ca cap cf ch cl co corp dept dr e.g ed eds eq esp est et etc "
    "ex fig figs g i.e inc jr lit ltd max min mr mrs ms no nos op p par para pp prof pt "
    "ref refs reg resp s sch sec sect sr st subd u.s u.k v viz vol vs".split()
)
_END = re.compile(
    r"(?P<zh>[。！？；…]+[”’」』）】\"')\]]*)"
    r"|(?P<en>[.!?]+[\"'”’)\]]*)(?=\s|$)"
    r"|(?P<break>\n\s*\n|\n(?=\s*(?:[-*•·]|\(?[0-9a-zA-Z]{1,3}[.)])\s))"
)
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*)$")


def sentences(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, without surrounding space, in order.

    Blank lines and list items end a sentence; common abbreviations, initials and decimals do not.
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match["en"] and _continues(text, start, match):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _continues(text: str, start: int, match: re.Match[str]) -> bool:
    if match["en"] != ".":
        return False
    following = text[match.end() : match.end() + 40].lstrip()
    if following[:1].islower():
        return True
    last = _LAST_WORD.search(text, start, match.start())
    if last is None:
        return False
    word = last[1]
    initial = len(word) == 1 and word.isupper() and word != "I"
    return initial or word.lower() in _ABBREVIATIONS


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start, end))
