"""Reads Word files (docx) in the order of the page: headings, paragraphs, lists, tables.

The body is walked element by element, with text inserted under revision and without what was
deleted; see ``docs/decisions/word-files.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.charts import A, chart_table, diagram_lines
from domainkit.ingestion.readers.formulas import M, formula
from domainkit.ingestion.readers.opc import OfficePackage, R
from domainkit.ingestion.readers.pictures import Pictures
from domainkit.ingestion.readers.scripts import raised
from domainkit.ingestion.readers.tables import Cell, spread
from domainkit.ingestion.readers.titles import title_or
from domainkit.ingestion.readers.word_numbering import BULLET, Numbering, W
from domainkit.types import Document

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TRANSPARENT = frozenset(
    W + name for name in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo")
)
# Deleted text, fields' code, and the copies of drawings kept for old programs.
_SKIPPED = frozenset(
    [W + name for name in ("del", "moveFrom", "instrText", "pPr", "rPr", "txbxContent")]
    + [_FALLBACK]
)
_BREAKS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_MARKS = (W + "footnoteReference", W + "endnoteReference")
_HEADING = re.compile(r"^heading (\d)$", re.I)
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_DAMAGED = "the Word file is damaged"
_SAVE = "copy it again, or open it in Word and save it anew"


class OfficeReader:
    """Word files of Word 2007 and later."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``.

        Raises:
            IngestionError: when the file is no Word file, is damaged, or holds no text.
        """
        package = OfficePackage(path)
        try:
            body = _Body(package)
            body.all()
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            # An attribute that is gone, or no number where one belongs.
            raise IngestionError(f"{_DAMAGED} ({error})", hint=_SAVE) from error
        builder = body.builder
        title = title_or(package.title(), builder.first_heading or path.stem)
        document = builder.build(source=path.name, title=title, meta=body.pictures.meta())
        if not document.text:
            raise IngestionError("the Word file holds no text")
        yield document


class _Body:
    """Walks the body of a document."""

    def __init__(self, package: OfficePackage) -> None:
        self.builder = TextBuilder()
        self.pictures = Pictures()
        self._package = package
        self._main = package.main()
        self._relations = package.relations(self._main)
        styles = self._part("styles")
        self._numbers = Numbering(self._part("numbering"), styles)
        self._names = _style_names(styles)
        self._in_list = False

    def all(self) -> None:
        """Add the whole document: its body, then notes and comments.

        Raises:
            IngestionError: when it has no body.
        """
        body = self._package.root(self._main).find(W + "body")
        if body is None:
            raise IngestionError(f"{_DAMAGED} (it has no body)", hint=_SAVE)
        self.walk(body)
        for kind in ("footnotes", "endnotes"):
            self._notes(self._part(kind))
        self._comments(self._part("comments"))

    def _part(self, kind: str) -> Any:
        """Return the root of the part of a kind; an empty element where there is none."""
        for relation in self._relations.values():
            if relation.kind == kind:
                return self._package.root(relation.target)
        return self._package.nothing()

    def walk(self, parent: Any) -> None:
        """Add every paragraph and table below ``parent``, in order."""
        for node in parent:
            if node.tag == W + "p":
                self._paragraph(node)
            elif node.tag == W + "tbl":
                self._in_list = False
                self.builder.table(spread(_rows(node)))
            elif node.tag in _TRANSPARENT and not _is_contents(node):
                self.walk(node)

    def _paragraph(self, node: Any) -> None:
        for box in node.iter(W + "txbxContent"):
            if next(box.iterancestors(_FALLBACK), None) is None:
                self.walk(box)
        self._said(node)
        self._drawn(node)

    def _said(self, node: Any) -> None:
        text = _text(node).strip()
        if not text:
            return
        name = self._style(node)
        if name.startswith("toc "):
            return  # an entry of a table of contents
        label = self._numbers.label(node)
        heading = _HEADING.match(name)
        if heading or name == "title":
            self._in_list = False
            shown = f"{label} {text}" if label not in ("", BULLET) else text
            self.builder.heading(int(heading[1]) if heading else 1, shown)
            return
        label = label or (BULLET if name.startswith("list ") else "")
        self.builder.block(f"{label} {text}".strip(), tight=bool(label) and self._in_list)
        self._in_list = bool(label)

    def _drawn(self, node: Any) -> None:
        """Add what the pictures, charts and diagrams in a paragraph say."""
        for drawn in node.iter(A + "blip", _CHART, _DIAGRAM):
            if next(drawn.iterancestors(_FALLBACK), None) is not None:
                continue
            name = drawn.get(R + "embed") or drawn.get(R + "id") or drawn.get(R + "dm")
            relation = self._relations.get(name or "")
            if relation is None:
                continue
            if drawn.tag == A + "blip":
                self.builder.block(self.pictures.text(self._package.bytes(relation.target)))
            elif drawn.tag == _CHART:
                caption, rows = chart_table(self._package.root(relation.target))
                self.builder.table(rows, caption=caption)
            else:
                lines = diagram_lines(self._package.root(relation.target))
                self.builder.block("\n".join(lines))

    def _notes(self, part: Any) -> None:
        """Add footnotes or endnotes, after the marks that stand for them in the text."""
        for note in part:
            text = " ".join(_text(p).strip() for p in note.iter(W + "p")).strip()
            if text and not note.get(W + "type"):
                self.builder.block(f"[{note.get(W + 'id')}] {text}")

    def _comments(self, part: Any) -> None:
        for comment in part:
            text = " ".join(_text(p).strip() for p in comment.iter(W + "p")).strip()
            if text:
                self.builder.block(f"Comment by {comment.get(W + 'author') or '?'}: {text}")

    def _style(self, node: Any) -> str:
        found = node.find(f"{W}pPr/{W}pStyle")
        return self._names.get(found.get(W + "val"), "") if found is not None else ""


def _text(node: Any) -> str:
    """Return the text of an element as it reads with all changes accepted."""
    parts: list[str] = []
    for child in node:
        if child.tag == W + "t":
            parts.append(child.text or "")
        elif child.tag in _BREAKS:
            parts.append(_BREAKS[child.tag])
        elif child.tag == M + "oMath":
            parts.append(formula(child))
        elif child.tag in _MARKS:
            parts.append(f"[{child.get(W + 'id')}]")
        elif child.tag not in _SKIPPED and isinstance(child.tag, str):
            said = _text(child)
            parts.append(raised(said) if child.tag == W + "r" and _is_raised(child) else said)
    return "".join(parts)


def _rows(table: Any) -> list[list[Cell]]:
    """Return the cells of a table; one merged downwards is said once, at its top."""
    rows = []
    for row in table.iter(W + "tr"):
        if next(row.iterancestors(W + "tbl")) is not table:
            continue  # a row of a table within a cell, whose text the cell has
        cells: list[Cell] = []
        for cell in row.findall(f"{W}tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merged is not None and merged.get(W + "val") != "restart"
            said = "" if goes_on else " ".join(_text(p) for p in cell.iter(W + "p"))
            width = span.get(W + "val") if span is not None else "1"
            cells.append((said, int(width) if (width or "").isdecimal() else 1, 1))
        rows.append(cells)
    return rows


def _is_raised(run: Any) -> bool:
    align = run.find(f"{W}rPr/{W}vertAlign")
    return align is not None and align.get(W + "val") == "superscript"


def _style_names(styles: Any) -> dict[str, str]:
    named = ((style, style.find(W + "name")) for style in styles.iter(W + "style"))
    return {
        style.get(W + "styleId"): (name.get(W + "val") or "").lower()
        for style, name in named
        if name is not None
    }


def _is_contents(node: Any) -> bool:
    gallery = node.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(W + "val") == "Table of Contents"
