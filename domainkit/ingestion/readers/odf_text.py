"""Walks the text of an OpenDocument file: headings, paragraphs, lists, tables, notes, frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.odf_numbering import TEXT, Numbering
from domainkit.ingestion.readers.word_numbering import BULLET

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE = "{" + _NS + "office:1.0}"
TABLE = "{" + _NS + "table:1.0}"
DRAW = "{" + _NS + "drawing:1.0}"
HREF = "{http://www.w3.org/1999/xlink}href"

# Deleted text, tables of contents, what a program notes for itself.
_SKIPPED = frozenset(
    TEXT + name
    for name in (
        "tracked-changes", "sequence-decls", "table-of-content", "illustration-index",
        "table-index", "object-index", "ruby-text", "note", "bookmark",
    )
) | {OFFICE + "annotation", OFFICE + "forms"}  # fmt: skip
_SPACES = {TEXT + "tab": "\t", TEXT + "line-break": "\n"}
_SPACE = re.compile(r"[ \t\n]+")
_TITLE_STYLE = "Title"
# A cell or a row that says something is repeated no oftener: a program may claim any number.
_MOST_REPEATED = 200


class TextBody:
    """Adds what stands below an element to a document, in order."""

    def __init__(
        self, builder: TextBuilder, numbers: Numbering, embedded: Callable[[Any], str]
    ) -> None:
        """Prepare to walk.

        Args:
            builder: the document so far.
            numbers: counts list items and headings.
            embedded: returns the text of a picture or an object, given its frame.
        """
        self.builder = builder
        self._numbers = numbers
        self._embedded = embedded
        self._notes: list[str] = []
        self._in_list = False

    def walk(self, parent: Any) -> None:
        """Add every block below ``parent``."""
        for node in parent:
            tag = node.tag
            if tag == TEXT + "h":
                self._heading(node)
            elif tag == TEXT + "p":
                self._paragraph(node)
            elif tag == TEXT + "list":
                self._list(node, "", 1)
            elif tag == TABLE + "table":
                self._in_list = False
                self.builder.table(rows(node))
            elif tag == DRAW + "frame":
                self._frame(node)
            elif tag == TEXT + "soft-page-break":
                self.builder.page()
            elif isinstance(tag, str) and tag not in _SKIPPED:
                self.walk(node)

    def end(self) -> None:
        """Add the footnotes and endnotes, after the marks that stand for them in the text."""
        for note in self._notes:
            self.builder.block(note)

    def _heading(self, node: Any) -> None:
        depth = int(node.get(TEXT + "outline-level") or 1)
        label = self._numbers.heading(depth)
        self._in_list = False
        self.builder.heading(depth, f"{label} {inline(node)}".strip())
        self._after(node)

    def _paragraph(self, node: Any, mark: str = "") -> None:
        text = inline(node).strip()
        if node.get(TEXT + "style-name") == _TITLE_STYLE:
            self.builder.heading(1, text)
        elif text:
            self.builder.block(f"{mark}{text}", tight=bool(mark) and self._in_list)
            self._in_list = bool(mark)
        self._after(node)

    def _after(self, node: Any) -> None:
        """Add what hangs on a paragraph: notes, remarks, frames, and the page it ends."""
        for note in node.iter(TEXT + "note"):
            said = " ".join(inline(p).strip() for p in note.iter(TEXT + "p"))
            self._notes.append(f"[{_mark(note)}] {said}")
        for remark in node.iter(OFFICE + "annotation"):
            said = " ".join(inline(p).strip() for p in remark.iter(TEXT + "p"))
            self.builder.block(f"Note: {said}" if said else "")
        for drawn in _drawn(node):
            if drawn.tag == DRAW + "frame":
                self._frame(drawn)
            else:
                self.walk(drawn)
        if node.find(f".//{TEXT}soft-page-break") is not None:
            self.builder.page()

    def _list(self, node: Any, style: str, depth: int) -> None:
        style = node.get(TEXT + "style-name") or style
        if depth == 1 and node.get(TEXT + "continue-numbering") != "true":
            self._numbers.restart(style)
        for item in node:
            numbered = item.tag == TEXT + "list-item"
            for child in item:
                if child.tag == TEXT + "list":
                    self._list(child, style, depth + 1)
                elif child.tag == TEXT + "h":
                    self._heading(child)
                elif child.tag == TEXT + "p":
                    label = self._numbers.item(style, depth) if numbered else ""
                    indent = "  " * (depth - 1)
                    self._paragraph(child, f"{indent}{label or BULLET} ")
                    numbered = False

    def _frame(self, frame: Any) -> None:
        boxes = frame.findall(DRAW + "text-box")
        for box in boxes:
            self.walk(box)
        if not boxes:
            self.builder.block(self._embedded(frame))


def inline(node: Any) -> str:
    """Return the text of a paragraph as it reads with all changes accepted."""
    parts = [_squeeze(node.text)]
    for child in node:
        tag = child.tag
        if tag == TEXT + "s":
            parts.append(" " * min(int(child.get(TEXT + "c") or 1), _MOST_REPEATED))
        elif tag in _SPACES:
            parts.append(_SPACES[tag])
        elif tag == TEXT + "note":
            parts.append(f"[{_mark(child)}]")
        elif isinstance(tag, str) and tag not in _SKIPPED and not _is_drawn(child):
            parts.append(inline(child))
        parts.append(_squeeze(child.tail))
    return "".join(parts)


def rows(table: Any) -> list[list[str]]:
    """Return the text of a table's cells; what a merged cell covers says nothing."""
    found: list[list[str]] = []
    for row in table.iter(TABLE + "table-row"):
        if next(row.iterancestors(TABLE + "table")) is not table:
            continue  # a row of a table within a cell, whose text the cell has
        cells: list[str] = []
        for cell in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
            text = "\n".join(inline(p).strip() for p in cell.iter(TEXT + "p", TEXT + "h"))
            cells += [text] * _times(cell, "columns")
        while cells and not cells[-1]:
            cells.pop()
        found += [cells] * (_times(row, "rows") if cells else 1)
    return found


def _times(node: Any, what: str) -> int:
    return min(int(node.get(f"{TABLE}number-{what}-repeated") or 1), _MOST_REPEATED)


def _drawn(node: Any) -> Iterator[Any]:
    """Yield what is drawn beside a paragraph: frames, shapes, groups of them."""
    for child in node:
        if _is_drawn(child):
            yield child
        elif child.tag not in (TEXT + "note", OFFICE + "annotation"):
            yield from _drawn(child)


def _is_drawn(node: Any) -> bool:
    return isinstance(node.tag, str) and node.tag.startswith(DRAW) and node.tag != DRAW + "a"


def _mark(note: Any) -> str:
    found = note.find(TEXT + "note-citation")
    return "".join(found.itertext()).strip() if found is not None else ""


def _squeeze(text: str | None) -> str:
    return _SPACE.sub(" ", text or "")
