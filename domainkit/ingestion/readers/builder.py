"""Puts a document's text together from headings and blocks, keeping where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from domainkit.ingestion.readers.tables import parts
from domainkit.ingestion.text import tidy
from domainkit.types import Document, Section, Span

_GAP = "\n\n"


class TextBuilder:
    """Blocks joined by blank lines, with the section each heading opens."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[tuple[int, int, str]] = []  # depth, offset, text
        self._pages: list[int] = []  # where each begins

    def page(self) -> None:
        """Begin a page: what is added from here on stands on it."""
        self._pages.append(self._length if self._pages else 0)

    def heading(self, depth: int, text: str) -> None:
        """Open a section ``depth`` levels below the document (1 is the topmost)."""
        text = " ".join(tidy(text).split())
        if text:
            self._headings.append((depth, self._append(text), text))

    def block(self, text: str, *, tight: bool = False) -> None:
        """Add a paragraph, list or table; blank ones are left out.

        Args:
            text: lines of text.
            tight: begin on the next line, as items of one list do, not after a blank line.
        """
        text = tidy(text).strip("\n").rstrip()
        if text.strip():
            self._append(text, "\n" if tight else _GAP)

    def table(self, rows: Sequence[Sequence[str]], *, caption: str = "") -> None:
        """Add a table as Markdown, its caption the line above it.

        One longer than a passage is said in parts, each with the heads of its columns, so that a
        figure found in the middle still says what it is.
        """
        tables = parts(rows)
        lead = " ".join(tidy(caption).split())
        if lead and tables:
            tables[0] = f"{lead}\n{tables[0]}"
        for table in tables or [lead]:
            self.block(table)

    @property
    def first_heading(self) -> str:
        """The text of the first heading; empty when there is none."""
        return self._headings[0][2] if self._headings else ""

    def build(self, *, source: str, title: str, meta: Mapping[str, str]) -> Document:
        """Return the document, its sections running each to the next heading."""
        text = "".join(self._parts)
        ends = [*(offset for _, offset, _ in self._headings[1:]), len(text)]
        path: list[tuple[int, str]] = []
        sections = []
        for (depth, start, heading), end in zip(self._headings, ends, strict=False):
            path = [*((d, h) for d, h in path if d < depth), (depth, heading)]
            sections.append(Section(tuple(h for _, h in path), Span(start, end)))
        return Document(
            id="",
            source=source,
            title=title,
            text=text,
            sections=tuple(sections),
            pages=tuple(Span(a, b) for a, b in pairwise([*self._pages, len(text)])),
            meta=meta,
        )

    def _append(self, text: str, gap: str = _GAP) -> int:
        """Add ``text`` after ``gap``; return its offset."""
        if self._parts:
            self._parts.append(gap)
            self._length += len(gap)
        offset = self._length
        self._parts.append(text)
        self._length += len(text)
        return offset
