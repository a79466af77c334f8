"""Reads OpenDocument files: texts (odt), spreadsheets (ods) and presentations (odp)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion import archives
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.odf_numbering import TEXT, Numbering
from domainkit.ingestion.readers.odf_text import DRAW, HREF, OFFICE, TABLE, TextBody, inline, rows
from domainkit.ingestion.readers.pictures import Pictures
from domainkit.ingestion.readers.sheets import add_sheet
from domainkit.ingestion.readers.titles import title_or
from domainkit.types import Document

_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
# What stands on every slide alike.
_FURNITURE = ("date-time", "footer", "header", "page-number")


class OpenDocumentReader:
    """Files of LibreOffice, OpenOffice and other programs that keep to the OpenDocument format."""

    def __init__(self) -> None:
        self._xml: Any = load("lxml.etree", needed_for="reading OpenDocument files")
        self._parser = self._xml.XMLParser(resolve_entities=False, no_network=True)

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``: slides are pages, sheets are sections.

        Raises:
            IngestionError: when the file is encrypted or damaged, or holds no text.
        """
        names = set(archives.members(path))
        manifest = archives.content(path, _MANIFEST) if _MANIFEST in names else b""
        if b"encryption-data" in manifest:
            raise IngestionError("it is encrypted", hint="save it without a password")
        content, builder, pictures = self._part(path, "content.xml"), TextBuilder(), Pictures()
        styles = [self._part(path, "styles.xml")] if "styles.xml" in names else []

        def embedded(frame: Any) -> str:
            return self._embedded(path, names, frame, pictures)

        body = TextBody(builder, Numbering([*styles, content]), embedded)
        _add(content, body)
        titled = ""
        if "meta.xml" in names:
            titled = self._part(path, "meta.xml").findtext(".//{*}title") or ""
        title = title_or(titled, builder.first_heading or path.stem)
        document = builder.build(source=path.name, title=title, meta=pictures.meta())
        if not document.text:
            raise IngestionError("the OpenDocument file holds no text")
        yield document

    def _part(self, path: Path, name: str) -> Any:
        try:
            return self._xml.fromstring(archives.content(path, name), self._parser)
        except self._xml.XMLSyntaxError as error:
            raise IngestionError(f"its part '{name}' is damaged ({error})") from error

    def _embedded(self, path: Path, names: set[str], frame: Any, pictures: Pictures) -> str:
        """Return the text of an embedded object, else of the picture in the frame."""
        for node in frame.iterchildren(DRAW + "object", DRAW + "image"):
            target = posixpath.normpath(node.get(HREF) or "")
            if f"{target}/content.xml" in names:
                said = self._part(path, f"{target}/content.xml")
                table = said.find(f".//{TABLE}table")
                lines = [" | ".join(row) for row in rows(table)] if table is not None else []
                formula = said.findtext(".//{*}annotation") or "".join(said.itertext())
                return "\n".join(lines) or " ".join(formula.split())
            if target in names:
                return pictures.text(archives.content(path, target))
        return ""


_MANIFEST = "META-INF/manifest.xml"


def _add(content: Any, body: TextBody) -> None:
    """Add a whole text, spreadsheet or presentation."""
    for kind in content.iterfind(f"{OFFICE}body/*"):
        if kind.tag == OFFICE + "spreadsheet":
            for table in kind.iterfind(TABLE + "table"):
                _sheet(body, table)
        elif kind.tag == OFFICE + "presentation":
            for slide in kind.iterfind(DRAW + "page"):
                _slide(body, slide)
        else:
            if kind.find(f".//{TEXT}soft-page-break") is not None:
                body.builder.page()
            body.walk(kind)
    body.end()


def _sheet(body: TextBody, table: Any) -> None:
    grid = rows(table)
    width = max(map(len, grid), default=0)
    name = table.get(TABLE + "name") or ""
    add_sheet(body.builder, name, [row + [""] * (width - len(row)) for row in grid])


def _slide(body: TextBody, slide: Any) -> None:
    body.builder.page()
    frames = {
        frame.get(_PRESENTATION + "class"): frame for frame in slide.iterfind(DRAW + "frame")
    }
    if (title := frames.get("title")) is not None:
        said = (inline(p).strip() for p in title.iter(TEXT + "p"))
        body.builder.heading(1, " ".join(said))
    for shape in slide:
        kind = shape.get(_PRESENTATION + "class")
        if kind != "title" and kind not in _FURNITURE and shape.tag != _PRESENTATION + "notes":
            body.walk([shape])
    for notes in slide.iterfind(_PRESENTATION + "notes"):
        lines = [inline(p).strip() for p in notes.iter(TEXT + "p")]
        if any(lines):
            body.builder.block("\n".join(["Notes:", *filter(None, lines)]))
