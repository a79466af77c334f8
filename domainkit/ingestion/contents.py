"""Finds tables of contents, which are lists of headings and not text to cite."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from domainkit.types import Span

_TITLE = re.compile(r"^\s*(?:table\s+of\s+contents|contents|目\s*录|目\s*次)\s*[:：]?\s*$", re.I)
# "2. Goals ........ 2", "第一章 总则……1"
_DOTS = re.compile(r"(?:\.{4,}|(?:\. ){4,}|…{2,}|·{4,})\s*(?:\d{1,4}|[ivxl]{1,6})\s*$")
# And under a title also "Scope    3"; elsewhere that may be a measurement in a table.
_LEADER = re.compile(
    r"(?:\.{4,}|(?:\. ){4,}|…{2,}|·{4,}|_{4,}|\t+| {4,})\s*(?:\d{1,4}|[ivxl]{1,6})\s*$"
)
# A text with none of these has no table of contents: seen at once.
_ANY = re.compile(r"contents|目|\.{4}|(?:\. ){4}|……|·{4}", re.I)
_PAGE = re.compile(r"\s*(?:[.…·_\t ]{2,})?\s*\d{0,4}\s*$")

_LINE = re.compile(r"[^\n]+")
# No entry is longer, and a pattern takes long to say so of a line of spaces alone.
_LONGEST_ENTRY = 500

# This many lines with dot leaders make a table of contents without a title.
_RUN = 3
# How many lines that are no entry (a wrapped title) may stand between entries.
_SLACK = 2


def regions(text: str, is_heading: Callable[[str], bool]) -> list[Span]:
    """Return the spans of the tables of contents in ``text``, in order.

    Args:
        text: a document's text.
        is_heading: whether a line has the form of a heading.
    """
    if not _ANY.search(text):
        return []
    lines = _lines(text)
    found: list[Span] = []
    index = 0
    while index < len(lines):
        end = _table(text, lines, index, is_heading)
        if end > index:
            found.append(Span(lines[index].start, lines[end - 1].end))
            index = end
        else:
            index += 1
    return found


def _lines(text: str) -> list[Span]:
    """Return the spans of the lines that are not blank."""
    return [Span(*m.span()) for m in _LINE.finditer(text) if not m[0].isspace()]


def _table(text: str, lines: Sequence[Span], start: int, is_heading: Callable[[str], bool]) -> int:
    """Return the line after the table that begins at line ``start``; ``start`` if none does."""
    titled = _TITLE.match(lines[start].of(text)) is not None
    first = start + 1 if titled else start
    entry = _LEADER if titled else _DOTS
    if not titled and not _ends_in(entry, lines[first].of(text)):
        return start
    end, leaders, slack = first, 0, 0
    led = first  # the line after the last that leads to a page
    seen: set[str] = set()
    for index in range(first, len(lines)):
        line = lines[index].of(text)
        name = _PAGE.sub("", line).strip()
        leader = _ends_in(entry, line)
        if not leader and name in seen:
            end = index  # the first heading again: here the text itself begins
            break
        if leader or (titled and is_heading(line)):
            end, slack = index + 1, 0
            leaders += leader
            led = end if leader else led
            seen.add(name)
        else:
            slack += 1
            if slack > _SLACK or len(line) > 200:
                break
    # Where entries lead to pages, a heading behind the last of them belongs to the text.
    end = led if leaders else end
    entries = end - first
    return end if (titled and entries >= 1) or leaders >= _RUN else start


def _ends_in(entry: re.Pattern[str], line: str) -> bool:
    """Return whether ``line`` is an entry; most are not by what their last character is."""
    last = line.rstrip()[-1:]
    may_be = len(line) <= _LONGEST_ENTRY and (last.isdecimal() or last in "ivxl")
    return may_be and entry.search(line) is not None
