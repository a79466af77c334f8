"""Divides a document along its structure: an article, a clause, a question with its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from domainkit.ingestion import outline, splitters
from domainkit.ingestion.locators import BLANK_LINES, UNCITED, Cited, Locators
from domainkit.ingestion.marks import Marks
from domainkit.ingestion.profile import Profiles
from domainkit.packs.schemas.profile import Profile, Size
from domainkit.store.identity import with_ids
from domainkit.text.sentences import sentences
from domainkit.types import Document, Passage, Section, Span

# A last part shorter than this share of the target joins the part before it.
_STUB = 0.25
# What cannot stand alone and stays with what follows: "the following:", a table's caption.
_LEADS_ON = re.compile(r"[:：]\s*$")
_CAPTION = re.compile(r"^\s*(?:Table|TABLE|表)\s*[\dIVX一二三四五六七八九十]+[^\n]{0,200}$")
_TABLE = re.compile(r"^\s*\|")
# A title that no reader marked as a heading: a short line, by itself, that ends no sentence.
_UNTITLED = re.compile(r"[^\W_][^\n|]{2,79}(?<![.;:,!?。；：，！？…])")


@dataclass(frozen=True, slots=True)
class _Region:
    """A stretch of text under one heading, or under none."""

    span: Span
    section: Section | None
    cited: Cited = UNCITED
    unit: int = 0  # where the cited unit begins


class StructureSplitter:
    """Makes passages that follow a document's sections; see ``ingest/*.yaml`` for the sizes."""

    def __init__(self, profiles: Profiles | None = None) -> None:
        self._profiles = profiles or Profiles.load()

    def split(self, document: Document) -> Iterator[Passage]:
        """Yield passages in document order; ``document.text[p.span] == p.text`` for each.

        A section no longer than ``longest`` is one passage; a longer one is divided between
        paragraphs. Tables of contents, and headings that only open deeper ones, yield none.
        """
        yield from with_ids(self._passages(document, self._profiles.get(document.profile)))

    def _passages(self, document: Document, profile: Profile) -> Iterator[Passage]:
        size = profile.size(document.language)
        locators = Locators(document, profile.locators(document.language))
        for region in _regions(document, profile, size):
            heading = region.section.path[-1] if region.section else None
            whole = not document.sections and len(document.text) <= size.whole
            spans = [region.span] if whole else _divide(document.text, region.span, heading, size)
            marks = _marks(document.text, region, profile) if len(spans) > 1 else None
            for number, span in enumerate(spans):
                mark = marks.at(span.start) if marks and number else ""
                cited = replace(region.cited, mark=mark)
                yield Passage(
                    id="",
                    document_id=document.id,
                    title=document.title,
                    locator=locators.at(span.start, section=heading, unit=cited),
                    span=span,
                    text=span.of(document.text),
                    page=document.page_at(span.start),
                    section=region.section.path if region.section else (),
                    validity=document.validity,
                )


def _regions(document: Document, profile: Profile, size: Size) -> Iterator[_Region]:
    """Yield the stretches of text that passages are made of, without space around them."""
    text = document.text
    if not document.sections and len(text) <= size.whole:
        yield from (_Region(span, None) for span in _without(text, Span(0, len(text)), []))
        return
    skipped = outline.tables_of_contents(document, profile)
    units = _units(document, profile)
    regions = [_Region(span, None) for span in outline.gaps(document)]
    following = [*document.sections[1:], None]
    regions += [
        _Region(section.span, section, *unit)
        for section, below, unit in zip(document.sections, following, units, strict=False)
        if not _only_opens(text, section, below)
    ]
    for region in sorted(regions, key=lambda r: r.span):
        for span in _without(text, region.span, skipped):
            yield replace(region, span=span)


def _marks(text: str, region: _Region, profile: Profile) -> Marks | None:
    """Return the marks of the unit that a region is, or is a part of."""
    if profile.marks is None or region.cited.label is None or region.section is None:
        return None
    unit = Span(region.unit, region.span.end)
    return Marks(text, unit, region.section.path[-1], profile.marks)


def _units(document: Document, profile: Profile) -> list[tuple[Cited, int]]:
    """Return for each section the unit it is, or lies within, and where that begins."""
    unit, start = UNCITED, 0
    path: tuple[str, ...] = ()
    units = []
    for section in document.sections:
        level, label = outline.heading_at(document.text, section.span.start, profile) or (None, "")
        if level is not None and level.unit and label:
            unit, start, path = Cited(label), section.span.start, section.path
        elif section.path[: len(path)] != path:
            unit, path = UNCITED, ()
        part = label if level is not None and level.part else None
        units.append((replace(unit, part=part), start))
    return units


def _only_opens(text: str, section: Section, below: Section | None) -> bool:
    """Return whether a section is a heading alone, repeated in the path of the one below it."""
    if below is None or below.path[: len(section.path)] != section.path:
        return False
    return " ".join(section.span.of(text).split()) == section.path[-1]


def _without(text: str, span: Span, skipped: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of ``span`` outside ``skipped``, without the space around it."""
    start = span.start
    for end, onward in [*((s.start, s.end) for s in skipped), (span.end, span.end)]:
        yield from _trimmed(text, start, min(end, span.end))
        start = max(start, onward)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the span without space at its ends; nothing when nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)


def _divide(text: str, span: Span, heading: str | None, size: Size) -> list[Span]:
    """Return the passages of one region: all of it, or as many paragraphs as fit in each."""
    if len(span) <= size.longest:
        return [span]
    atoms = [a for p in _paragraphs(text, span) for a in _pieces(text, p, size)]
    atoms = _glued(text, atoms, heading, size.longest)
    parts: list[Span] = []
    for atom in atoms:
        if parts and atom.end - parts[-1].start <= size.target:
            parts[-1] = Span(parts[-1].start, atom.end)
        else:
            parts.append(atom)
    stub = len(parts) > 1 and len(parts[-1]) < size.target * _STUB
    if stub and parts[-1].end - parts[-2].start <= size.longest:
        parts[-2:] = [Span(parts[-2].start, parts[-1].end)]
    return parts


def _paragraphs(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    for blank in BLANK_LINES.finditer(text, span.start, span.end):
        yield from _trimmed(text, start, blank.start())
        start = blank.end()
    yield from _trimmed(text, start, span.end)


def _pieces(text: str, paragraph: Span, size: Size) -> Iterator[Span]:
    """Yield a paragraph whole, or sentence by sentence when it is too long for a passage."""
    if len(paragraph) <= size.longest:
        yield paragraph
        return
    for sentence in sentences(paragraph.of(text)):
        span = sentence.shift(paragraph.start)
        if len(span) <= size.target:
            yield span
            continue
        for piece in splitters.divide(span.of(text), size=size.target):
            yield from _trimmed(text, span.start + piece.start, span.start + piece.end)


def _glued(text: str, atoms: Sequence[Span], heading: str | None, longest: int) -> list[Span]:
    """Return the atoms with each that cannot stand alone joined to the one that follows."""
    glued: list[Span] = []
    leading = False
    for number, atom in enumerate(atoms):
        if leading and atom.end - glued[-1].start <= longest:
            glued[-1] = Span(glued[-1].start, atom.end)
        else:
            glued.append(atom)
        said = atom.of(text)
        following = atoms[number + 1].of(text) if number + 1 < len(atoms) else ""
        leading = (
            _LEADS_ON.search(said) is not None
            or (not number and " ".join(said.split()) == heading)
            or (_CAPTION.match(said) is not None and _TABLE.match(following) is not None)
            or (_UNTITLED.fullmatch(said) is not None and len(following) > len(said))
        )
    return glued
