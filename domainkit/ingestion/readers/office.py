"""Reads Word files (docx) in the order of the page: headings, paragraphs, lists, tables.

python-docx opens the package and knows its styles; the body is walked element by element, since
what it offers for that leaves out content controls and text inserted under revision.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion import archives
from domainkit.ingestion.readers.builder import TextBuilder
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
_TEXT = (W + "t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_MAIN = "word/document.xml"
_STRICT = b"http://purl.oclc.org/ooxml/"
_BREAKS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_MARKS = (W + "footnoteReference", W + "endnoteReference")
_HEADING = re.compile(r"^heading (\d)$", re.I)


class OfficeReader:
    """Word files of Word 2007 and later."""

    def __init__(self) -> None:
        self._docx: Any = load("docx", needed_for="reading Word files")
        self._xml: Any = load("lxml.etree", needed_for="reading Word files")
        self._parser = self._xml.XMLParser(resolve_entities=False, no_network=True)

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``.

        Raises:
            IngestionError: when the file is no Word file, is damaged, or holds no text.
        """
        # What damaged packages raise: no zip, no such part, broken XML, an attribute that is gone.
        own = (self._docx.opc.exceptions.OpcError, self._xml.XMLSyntaxError)
        broken = (*archives.BROKEN, OSError, KeyError, ValueError, AttributeError, TypeError, *own)
        archives.members(path)
        with path.open("rb") as opened:
            try:
                file = self._docx.Document(opened)
                body = _Body(file.styles, self._part(file, "numbering"))
                body.walk(file.element.body)
                body.notes(self._part(file, "footnotes"), self._part(file, "endnotes"))
                titled = file.core_properties.title or ""
            except broken as error:
                raise _refusal(path, error) from error
        builder = body.builder
        title = title_or(titled, builder.first_heading or path.stem)
        document = builder.build(source=path.name, title=title, meta={})
        if not document.text:
            raise IngestionError("the Word file holds no text")
        yield document

    def _part(self, file: Any, name: str) -> Any | None:
        """Return the root of a part of the package; None where there is none."""
        for relation in file.part.rels.values():
            if relation.reltype.endswith(f"/{name}"):
                return self._xml.fromstring(relation.target_part.blob, self._parser)
        return None


class _Body:
    """Walks the body of a document."""

    def __init__(self, styles: Any, numbering: Any | None) -> None:
        self.builder = TextBuilder()
        self._numbers = Numbering(numbering, styles.element)
        self._names = {style.style_id: (style.name or "").lower() for style in styles}
        self._in_list = False

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

    def notes(self, *parts: Any | None) -> None:
        """Add the footnotes and endnotes, after the marks that stand for them in the text."""
        for part in parts:
            for note in part if part is not None else ():
                text = " ".join(_text(p).strip() for p in note.iter(W + "p")).strip()
                if text and not note.get(W + "type"):
                    self.builder.block(f"[{note.get(W + 'id')}] {text}")

    def _style(self, node: Any) -> str:
        found = node.find(f"{W}pPr/{W}pStyle")
        return self._names.get(found.get(W + "val"), "") if found is not None else ""


def _text(node: Any) -> str:
    """Return the text of an element as it reads with all changes accepted."""
    parts: list[str] = []
    for child in node:
        if child.tag in _TEXT:
            parts.append(child.text or "")
        elif child.tag in _BREAKS:
            parts.append(_BREAKS[child.tag])
        elif child.tag in _MARKS:
            parts.append(f"[{child.get(W + 'id')}]")
        elif child.tag not in _SKIPPED and isinstance(child.tag, str):
            parts.append(_text(child))
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


def _refusal(path: Path, error: Exception) -> IngestionError:
    with suppress(OSError, ValueError, *archives.BROKEN), ZipFile(path) as package:
        main = package.read(_MAIN)[:4096] if _MAIN in package.namelist() else b""
        if _STRICT in main:
            return IngestionError(
                "the Word file is in the 'Strict Open XML' variant",
                hint="save it as an ordinary Word document",
            )
    return IngestionError(f"the Word file is damaged ({error})")


def _is_contents(node: Any) -> bool:
    gallery = node.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(W + "val") == "Table of Contents"
