"""Finds a document's sections: the reader's headings and those its profile's patterns find."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domainkit.ingestion import contents, numbering
from domainkit.packs.schemas.profile import Level, Profile
from domainkit.types import Document, Section, Span

# Within a level, 4.2 stands below 4 and 4.2.1 below that.
_LEVEL = 10
_DOTTED = re.compile(r"(?<=\d)\.(?=\d)")
# Headings of the reader that fit no level of the profile stand below all that do.
_BELOW = 1000
# Before a line that a cross-reference happens to begin: "as it is stated in", "依照".
_BROKEN_OFF = re.compile(r"[a-z,，、\u4e00-\u9fff]\n")
# From so many on, headings that begin with a word ("Section 4") are the document's way.
_WORDED = 3


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: where its line begins, what it says, how deep it stands."""

    start: int
    text: str
    rank: int
    label: str = ""
    level: Level | None = None
    doubtful: bool = False  # the line above it breaks off in the middle of a sentence
    depth: int = 0  # the reader's own depth, from 1; 0 for a heading only a pattern found


def outline(document: Document, profile: Profile) -> Document:
    """Return ``document`` with its sections: disjoint, in order, each with its path of headings.

    A section runs from its heading's line to the next heading of any depth.
    """
    found = _ranked(document, headings(document, profile), _read(document))
    if not found:
        return replace(document, sections=()) if document.sections else document
    ends = [heading.start for heading in found[1:]] + [len(document.text)]
    stack: list[Heading] = []
    sections = []
    for heading, end in zip(found, ends, strict=True):
        while stack and (stack[-1].rank >= heading.rank or _is_elsewhere(stack[-1], heading)):
            stack.pop()
        stack.append(heading)
        span = Span(heading.start, end)
        page = document.page_at(heading.start)
        sections.append(Section(tuple(h.text for h in stack), span, page))
    return replace(document, sections=tuple(sections))


def _is_elsewhere(above: Heading, heading: Heading) -> bool:
    """Return whether a heading is numbered, but not below ``above``: 6.1 never stands under 5."""
    if heading.level is None or heading.level is not above.level or not heading.level.numbered:
        return False
    number, outer = numbering.parse(heading.label), numbering.parse(above.label)
    return bool(number and outer) and number[: len(outer)] != outer  # type: ignore[index,arg-type]


def headings(document: Document, profile: Profile) -> list[Heading]:
    """Return the headings the profile's patterns find, by place, outside tables of contents."""
    if not profile.levels:
        return []
    skipped = tables_of_contents(document, profile)
    at: dict[int, Heading] = {}
    for rank, level in enumerate(profile.levels):
        for pattern in level.patterns:
            for match in pattern.finditer(document.text):
                start = match.start()
                if start in at or any(span.start <= start < span.end for span in skipped):
                    continue
                text = _said(match)
                if text and len(text) <= level.longest:
                    label = level.label(match)
                    depth = rank * _LEVEL + len(_DOTTED.findall(label))
                    doubtful = _breaks_off(document.text, start, at)
                    at[start] = Heading(start, text, depth, label, level, doubtful)
    return _counted(_within(document.text, [at[start] for start in sorted(at)]), profile.levels)


def _breaks_off(text: str, start: int, found: Mapping[int, Heading]) -> bool:
    """Return whether the line above ``start`` is no heading and stops within a sentence."""
    if not _BROKEN_OFF.match(text, max(0, start - 2), start):
        return False
    above = text.rfind("\n", 0, start - 1) + 1
    return above not in found or found[above].text != _squeeze(text[above:start])


def heading_at(text: str, start: int, profile: Profile) -> tuple[Level, str] | None:
    """Return the level and the label of the heading that begins at ``start``; None if none."""
    for level in profile.levels:
        for pattern in level.patterns:
            if match := pattern.match(text, start):
                return level, level.label(match)
    return None


def tables_of_contents(document: Document, profile: Profile) -> list[Span]:
    """Return the spans of the document's tables of contents."""

    def is_heading(line: str) -> bool:
        return any(p.match(line) for level in profile.levels for p in level.patterns)

    return contents.regions(document.text, is_heading)


def _within(text: str, found: Sequence[Heading]) -> Sequence[Heading]:
    """Return ``found`` without a heading like "Exhibit 10" that opens, and so names, the whole."""
    first = found[0] if found else None
    opens = first is not None and not text[: first.start].strip()
    filed = opens and first is not None and first.level is not None and first.level.restarts
    return found[1:] if filed else found


def _counted(found: Sequence[Heading], levels: Iterable[Level]) -> list[Heading]:
    """Return ``found`` without those, of levels that count, whose number is out of turn."""
    dropped: set[int] = set()
    for level in levels:
        if not level.numbered:
            continue
        groups: list[list[Heading]] = [[]]
        for heading in found:
            if heading.level is not None and heading.level.restarts:
                groups.append([])
            elif heading.level is level:
                groups[-1].append(heading)
        for group in groups:
            dropped.update(heading.start for heading in _out_of_turn(group))
    return [heading for heading in found if heading.start not in dropped]


def _out_of_turn(group: Sequence[Heading]) -> list[Heading]:
    numbers = [numbering.parse(heading.label) for heading in group]
    # Where clauses are called "Section 4", a line that begins "4." is an item of a list.
    worded = sum(heading.text.startswith(heading.label) for heading in group) >= _WORDED
    numbers = [
        None
        if worded and number and len(number) == 1 and not h.text.startswith(h.label)
        else number
        for h, number in zip(group, numbers, strict=True)
    ]
    counts = numbering.upward(numbers, [heading.doubtful for heading in group])
    return [heading for heading, counted in zip(group, counts, strict=True) if not counted]


def _read(document: Document) -> list[Heading]:
    """Return the headings the reader found, without the title of the document itself."""
    found = [Heading(s.span.start, s.path[-1], 0, depth=len(s.path)) for s in document.sections]
    if found and sum(heading.depth == 1 for heading in found) == 1:
        first = found[0]
        opens = len(found) > 1 and not document.text[: first.start].strip()
        if first.depth == 1 and (opens or first.text in document.title):
            return found[1:]
    return found


def _ranked(
    document: Document, matched: Sequence[Heading], read: Sequence[Heading]
) -> list[Heading]:
    """Return all headings by place, the reader's ranked among the profile's."""
    depths = {heading.start: heading.depth for heading in read}
    merged = [replace(h, depth=depths.get(h.start, 0)) for h in matched]
    known = [(h.depth, h.rank) for h in merged if h.depth]
    places = {heading.start for heading in merged}
    for heading in read:
        if heading.start not in places:
            ranks = [rank for depth, rank in known if depth >= heading.depth]
            rank = min(ranks, default=_BELOW + heading.depth)
            merged.append(replace(heading, rank=rank))
    return sorted(merged, key=lambda heading: heading.start)


def _said(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if title := groups.get("title"):  # it stands above its number
        return _squeeze(f"{groups['number']} {title}")
    return _squeeze(groups.get("heading") or match[0])


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def gaps(document: Document) -> list[Span]:
    """Return the spans of the text before, between and after the sections."""
    edges = [Span(0, 0), *(s.span for s in document.sections)]
    end = Span(len(document.text), len(document.text))
    return [Span(a.end, b.start) for a, b in pairwise([*edges, end]) if a.end < b.start]
