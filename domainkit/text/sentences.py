"""Divides English and Chinese text into sentences by rule, keeping offsets."""

from __future__ import annotations

import re

from domainkit.types import Span

# A full stop after one of these ends no sentence, whatever follows.
_SHORT = frozenset(
    "al approx cf co corp dept e.g ed eds eq esp et i.e inc ltd resp u.k u.s v viz vs".split()
)
# These are names only with a capital: "ms" is a millisecond, "Ms" a lady.
_TITLES = frozenset("Dr Jr Mr Mrs Ms Prof Sr St".split())
# These stand before a number. "The answer is no. Rest." is two sentences, "No. 5" is none.
_BEFORE_NUMBER = frozenset(
    "app art arts c ca cap ch cl ex fig figs lit max min no nos op p par para pp pt ref refs reg s"
    " sch sec sect subd vol".split()
)
_NUMBER = re.compile(r"[(§]?\s*(?:\d|[IVXLC]+\b|[A-Z]\b)")

_END = re.compile(
    r"(?P<zh>[。！？；…]+[”’」』）】\"')\]]*)"
    r"|(?P<en>[.!?]+[\"'”’)\]]*)(?=\s|$)"
    r"|(?P<break>\n\s*\n"
    # A list item begins after a line break. Letters with a full stop do so only where the line
    # before has ended: a wrapped line may begin with "mg." as well.
    r"|\n(?=\s*(?:[-*•·]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|\(?[ivx]{1,4}\))\s)"
    r"|(?<=[.;:])\n(?=\s*(?:[a-zA-Z]|[ivx]{1,4})\.\s))"
    # A numbered or marked heading ends with its line.
    r"|(?P<heading>(?:^|(?<=\n))[ \t]*(?:(?:#{1,6}|(?:\d{1,2}\.)*\d{1,2}\.?"
    r"|第[一二三四五六七八九十百零〇\d]+[编章节])[ \t]+|[一二三四五六七八九十]{1,3}、[ \t]*)"
    r"[A-Z\u3400-\u9fff][^\n]{0,79}(?<![.!?,;:。！？，；：])\n)(?=\s*(?:[A-Z]|[^\x00-\x7f]))"
)
# What numbers a list item or a heading is no sentence of its own.
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivx]{1,4})\)?")
_LAST_WORDS = re.compile(r"(?:(\S+)\s+)?([A-Za-z][A-Za-z.]*)$")
_CLOSED = re.compile(r"[.!?。！？；…][\"'”’)\]）】」』]*$")
# How far back the last words are looked for: further than any abbreviation and the word before.
_LOOK_BACK = 48


def sentences(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, without surrounding space, in order.

    Blank lines and list items end a sentence; common abbreviations, initials, decimals and the
    numbers of list items do not.
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match["en"] and _continues(text, start, match):
            continue
        if match["zh"] == "；" and _in_brackets(text, start, match.start()):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def closed(text: str) -> bool:
    """Return whether ``text`` ends as a sentence does, and not as a heading or half a sentence."""
    return _CLOSED.search(text) is not None


def _in_brackets(text: str, start: int, at: int) -> bool:
    """Tell "（率比0.72；95%置信区间0.58至0.90）", which is one thing, from two clauses."""
    before = text[max(start, at - _LOOK_BACK) : at]
    return before.rfind("（") > before.rfind("）") and "）" in text[at : at + _LOOK_BACK]


def _continues(text: str, start: int, match: re.Match[str]) -> bool:
    if match["en"] != ".":
        return False
    following = text[match.end() : match.end() + _LOOK_BACK].lstrip()
    if following[:1].islower() or following[:1] == "§":
        return True
    before = text[max(start, match.start() - _LOOK_BACK) : match.start()].lstrip()
    if _ENUMERATOR.fullmatch(before):
        return bool(following)
    last = _LAST_WORDS.search(before)
    return last is not None and _abbreviates(last[1] or "", last[2], following)


def _abbreviates(previous: str, word: str, following: str) -> bool:
    if word in _TITLES or word.lower() in _SHORT:
        return True
    if len(word) == 1 and word.isupper() and word != "I":
        return _before_initial(previous)
    return word.lower() in _BEFORE_NUMBER and _NUMBER.match(following) is not None


def _before_initial(word: str) -> bool:
    """Tell the B of "Smith v. B. Jones" from that of "hepatitis B. Rest." and "Fig. B. Next"."""
    if word.endswith("."):
        return word[:-1].lower() not in _BEFORE_NUMBER
    return not word[:1].islower()


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start, end))
