"""Reads the source markers of an answer: which sentence names which source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from domainkit.text import closed, sentences
from domainkit.types import Span

_NUMBERS = r"\d{1,3}(?:\s*(?:,|，|、|;|；|and|和|-|–)\s*\d{1,3})*"
_MARKER = re.compile(
    rf"\s*[\[【［]\s*(?:sources?|资料|来源|文献)?\s*#?\s*(?P<numbers>{_NUMBERS})\s*[\]】］]",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
_WIDEST = 50  # sources: the most a pack may retrieve, and so the most a range may name


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence without its markers, the space before it, and the numbers it names in order."""

    gap: str
    text: str
    numbers: tuple[int, ...]


def said(text: str) -> list[Said]:
    """Return the sentences of ``text`` with the source numbers each names.

    ``[1]``, ``【1】``, ``[1, 2]``, ``[1-3]`` and ``[Source 1]`` are markers. One that follows a
    sentence belongs to it, unless the text begins with one: then each belongs to what follows.
    """
    bare, places = _taken_out(text)
    spans = _sentences(bare, [place for place, _ in places])
    leading = bool(places) and not bare[: places[0][0]].strip()
    named: list[list[int]] = [[] for _ in spans]
    for place, numbers in places:
        owner = _owner(place, spans, leading=leading)
        if owner is not None:
            named[owner] += [n for n in numbers if n not in named[owner]]
    ends = [0, *(span.end for span in spans)]
    return [
        Said(bare[end : span.start], span.of(bare), tuple(numbers))
        for end, span, numbers in zip(ends, spans, named, strict=False)
    ]


def written(sentences: Sequence[Said]) -> str:
    """Return the text that ``said`` reads as ``sentences``."""
    return "".join(
        f"{sentence.gap}{sentence.text}{''.join(f'[{n}]' for n in sentence.numbers)}"
        for sentence in sentences
    )


def stray(text: str, sources: int) -> tuple[str, ...]:
    """Return the markers of ``text``, as written, that name none of ``sources`` sources."""
    return tuple(
        found[0].strip()
        for found in _MARKER.finditer(text)
        if not any(1 <= number <= sources for number in _numbers(found["numbers"]))
    )


def _taken_out(text: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """Return ``text`` without markers, and where in it each stood with what it named."""
    bare, places, last = "", [], 0
    for found in _MARKER.finditer(text):
        bare += text[last : found.start()]
        places.append((len(bare), _numbers(found["numbers"])))
        last = found.end()
        if bare and bare[-1].isascii() and text[last : last + 1].isalnum():
            bare += " "
    return bare + text[last:], places


def _sentences(bare: str, places: Sequence[int]) -> list[Span]:
    """Return the sentences of ``bare``; a full stop before a marker ends one for certain."""
    ends = [0, *(place for place in places if closed(bare[:place])), len(bare)]
    return [
        span.shift(start) for start, end in pairwise(ends) for span in sentences(bare[start:end])
    ]


def _numbers(written: str) -> list[int]:
    """Return the numbers of a marker in order, its ranges filled in."""

    def fill(found: re.Match[str]) -> str:
        first, last = int(found[1]), int(found[2])
        return ",".join(str(n) for n in range(first, min(last, first + _WIDEST) + 1))

    return [int(n) for n in re.findall(r"\d+", _RANGE.sub(fill, written))]


def _owner(place: int, spans: Sequence[Span], *, leading: bool) -> int | None:
    if leading:
        return next((i for i, span in enumerate(spans) if place < span.end), None)
    return next((i for i in reversed(range(len(spans))) if spans[i].start < place), None)
