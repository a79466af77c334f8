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
from zipfile import BadZipFile, ZipFile

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.tables import Cell, markdown, spread
from domainkit.ingestion.readers.titles import title_or
from domainkit.types import Document

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TRANSPARENT = frozenset(
    _W + name for name in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo")
)
# Deleted text, fields' code, and the copies of drawings kept for old programs.
_SKIPPED = frozenset(
    [_W + name for name in ("del", "moveFrom", "instrText", "pPr", "rPr", "txbxContent")]
    + [_FALLBACK]
)
_TEXT = (_W + "t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_MAIN = "word/document.xml"
_STRICT = b"http://purl.oclc.org/ooxml/"
_BREAKS = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}
_HEADING = re.compile(r"^heading (\d)$", re.I)


class OfficeReader:
    """Word files of Word 2007 and later."""

    def __init__(self) -> None:
        self._docx: Any = load("docx", needed_for="reading Word files")
        self._xml: Any = load("lxml.etree", needed_for="reading Word files")

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``.

        Raises:
            IngestionError: when the file is no Word file, is damaged, or holds no text.
        """
        # What python-docx raises for damaged packages: no zip, no such part, broken XML.
        own = (self._docx.opc.exceptions.OpcError, self._xml.XMLSyntaxError)
        broken = (BadZipFile, KeyError, ValueError, AttributeError, *own)
        try:
            file = self._docx.Document(str(path))
            body = _Body(file.styles)
            body.walk(file.element.body)
            titled = file.core_properties.title or ""
        except broken as error:
            raise _refusal(path, error) from error
        builder = body.builder
        title = title_or(titled, builder.first_heading or path.stem)
        document = builder.build(source=path.name, title=title, meta={})
        if not document.text:
            raise IngestionError("the Word file holds no text")
        yield document


class _Body:
    """Walks the body of a document."""

    def __init__(self, styles: Any) -> None:
        self.builder = TextBuilder()
        self._names = {style.style_id: (style.name or "").lower() for style in styles}
        self._in_list = False

    def walk(self, parent: Any) -> None:
        """Add every paragraph and table below ``parent``, in order."""
        for node in parent:
            if node.tag == _W + "p":
                self._paragraph(node)
            elif node.tag == _W + "tbl":
                self._in_list = False
                self.builder.block(markdown(spread(_rows(node))))
            elif node.tag in _TRANSPARENT and not _is_contents(node):
                self.walk(node)

    def _paragraph(self, node: Any) -> None:
        for box in node.iter(_W + "txbxContent"):
            if next(box.iterancestors(_FALLBACK), None) is None:
                self.walk(box)
        text = _text(node).strip()
        if not text:
            return
        name = self._style(node)
        heading = _HEADING.match(name)
        if heading or name == "title":
            self._in_list = False
            self.builder.heading(int(heading[1]) if heading else 1, text)
            return
        if name.startswith("toc "):
            return  # an entry of a table of contents
        item = node.find(f"{_W}pPr/{_W}numPr") is not None or name.startswith("list ")
        self.builder.block(f"- {text}" if item else text, tight=item and self._in_list)
        self._in_list = item

    def _style(self, node: Any) -> str:
        found = node.find(f"{_W}pPr/{_W}pStyle")
        return self._names.get(found.get(_W + "val"), "") if found is not None else ""


def _text(node: Any) -> str:
    """Return the text of an element as it reads with all changes accepted."""
    parts: list[str] = []
    for child in node:
        if child.tag in _TEXT:
            parts.append(child.text or "")
        elif child.tag in _BREAKS:
            parts.append(_BREAKS[child.tag])
        elif child.tag not in _SKIPPED and isinstance(child.tag, str):
            parts.append(_text(child))
    return "".join(parts)


def _rows(table: Any) -> list[list[Cell]]:
    """Return the cells of a table; one merged downwards is said once, at its top."""
    rows = []
    for row in table.iter(_W + "tr"):
        if next(row.iterancestors(_W + "tbl")) is not table:
            continue  # a row of a table within a cell, whose text the cell has
        cells: list[Cell] = []
        for cell in row.findall(f"{_W}tc"):
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            goes_on = merged is not None and merged.get(_W + "val") != "restart"
            said = "" if goes_on else " ".join(_text(p) for p in cell.iter(_W + "p"))
            width = span.get(_W + "val") if span is not None else "1"
            cells.append((said, int(width) if (width or "").isdecimal() else 1, 1))
        rows.append(cells)
    return rows


def _refusal(path: Path, error: Exception) -> IngestionError:
    with suppress(OSError, BadZipFile), ZipFile(path) as package:
        main = package.read(_MAIN)[:4096] if _MAIN in package.namelist() else b""
        if _STRICT in main:
            return IngestionError(
                "the Word file is in the 'Strict Open XML' variant",
                hint="save it as an ordinary Word document",
            )
    return IngestionError(f"the Word file is damaged ({error})")


def _is_contents(node: Any) -> bool:
    gallery = node.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
    return gallery is not None and gallery.get(_W + "val") == "Table of Contents"
