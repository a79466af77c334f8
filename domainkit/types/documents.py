"""What is read, kept and found: documents, their passages, and what a search returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of character offsets into ``Document.text``.

    Raises:
        ValueError: if the range is negative or ends before it starts.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of ``text`` this span covers."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        """Return whether ``other`` lies wholly within this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Return whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end

    def shift(self, offset: int) -> Span:
        """Return the span moved right by ``offset`` characters."""
        return Span(self.start + offset, self.end + offset)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading's path from the root, the text under it, and the page where it starts (from 1)."""

    path: tuple[str, ...]
    span: Span
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Validity:
    """When a text is in force: from ``effective_from`` up to, not including, ``effective_to``.

    ``None`` leaves that end open. ``superseded_by`` names what replaced it, as a person would.
    """

    effective_from: date | None = None
    effective_to: date | None = None
    superseded_by: str | None = None

    def covers(self, day: date) -> bool:
        """Return whether the text is in force on ``day``."""
        begun = self.effective_from is None or self.effective_from <= day
        return begun and (self.effective_to is None or day < self.effective_to)


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader made of one file or one record of a file.

    ``source`` is the path relative to the ingested root, with ``#record`` for one record of many.
    ``pages`` holds the span of each page in order and is empty where a format has no pages.
    ``authority`` ranks the issuer within its jurisdiction or grades the evidence, in the
    profile's own words. ``meta`` values are plain text a person may see.
    """

    id: str
    source: str
    title: str
    text: str
    language: str = "en"
    profile: str = "plain"
    sections: tuple[Section, ...] = ()
    pages: tuple[Span, ...] = ()
    validity: Validity = Validity()
    jurisdiction: str | None = None
    authority: str | None = None
    meta: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    @property
    def url(self) -> str | None:
        """Where the text was taken from; None where nothing says."""
        return self.meta.get("url")

    @property
    def licence(self) -> str | None:
        """On which terms the text may be used, in its own words; None where nothing says."""
        return self.meta.get("licence")

    def page_at(self, offset: int) -> int | None:
        """Return the page (from 1) that holds character ``offset``; None without pages."""
        for number, span in enumerate(self.pages, start=1):
            if span.start <= offset < span.end:
                return number
        return len(self.pages) or None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that can be retrieved and cited.

    Invariant: ``document.text[p.span.start:p.span.end] == p.text``. ``locator`` is the citation a
    professional would write ("Art. 6(1)(b)", "第十二条", "p. 4, Methods"). ``validity`` is the
    document's unless the passage (an amended article) carries its own.
    """

    id: str
    document_id: str
    title: str
    locator: str
    span: Span
    text: str
    page: int | None = None
    section: tuple[str, ...] = ()
    validity: Validity = Validity()
    meta: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a search may return; applied inside every index, never after.

    ``as_of`` keeps what is in force on that day, ``jurisdiction`` keeps that jurisdiction and
    texts that name none, ``groups`` keeps documents of those groups. The default keeps all.
    """

    as_of: date | None = None
    jurisdiction: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the indexes see it: ``key`` is its row in the store, never used again.

    ``opening`` is how its document begins, where the passage is only a part of it: there a
    contract names its parties and a judgment its case.
    """

    key: int
    passage: Passage
    language: str = "en"
    jurisdiction: str | None = None
    group: str = ""
    synonyms: tuple[str, ...] = ()
    opening: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result of one index: a store key and that index's own score (higher is better)."""

    key: int
    score: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage with its fused score in [0, 1], its rank (from 1) and each index's own score.

    ``also`` are passages of other documents that say no more than this one, and are not shown.
    """

    passage: Passage
    score: float
    rank: int
    via: Mapping[str, float] = field(default_factory=dict)
    also: tuple[Passage, ...] = ()
