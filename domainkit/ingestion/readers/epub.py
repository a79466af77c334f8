"""Reads e-books (epub): the chapters in the order of the book, each as the web page it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion import archives
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.html import HtmlReader, page_markup
from domainkit.ingestion.readers.titles import title_or
from domainkit.types import Document

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Ways to scramble fonts, which many books use and which hide no text.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/xml")
_NCX = "application/x-dtbncx+xml"
_META = {"creator": "author", "publisher": "publisher", "date": "date", "identifier": "identifier"}
_HEADING = re.compile(r"<h[1-6]\b", re.I)


class EpubReader:
    """E-books without copy protection."""

    def __init__(self) -> None:
        self._html = HtmlReader()
        self._xml: Any = load("lxml.etree", needed_for="reading e-books")
        self._parser = self._xml.XMLParser(resolve_entities=False, no_network=True, recover=True)

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``; a chapter without a heading has the contents' name.

        Raises:
            IngestionError: when the book is protected or damaged, or holds no text.
        """
        names = set(archives.members(path))
        self._check_protection(path, names)
        place = self._root(path, _CONTAINER).find(".//{*}rootfile")
        if place is None:
            raise IngestionError("the e-book does not say where its contents are")
        opf = unquote(place.get("full-path") or "")
        book, folder = self._root(path, opf), posixpath.dirname(opf)
        items = {item.get("id"): item for item in book.iter("{*}manifest/{*}item", "{*}item")}
        titles = self._titles(path, names, folder, items.values())
        builder = TextBuilder()
        for entry in book.iter("{*}itemref"):
            item = items.get(entry.get("idref"))
            if item is not None and item.get("media-type") in _PAGES:
                name = _resolved(folder, item.get("href"))
                if name in names:
                    self._chapter(builder, archives.content(path, name), titles.get(name, ""))
        meta = _described(book)
        title = title_or(meta.pop("title", ""), builder.first_heading or path.stem)
        document = builder.build(source=path.name, title=title, meta=meta)
        if not document.text:
            raise IngestionError("the e-book holds no text", hint="its pages may be pictures")
        yield document

    def _chapter(self, builder: TextBuilder, data: bytes, title: str) -> None:
        markup = page_markup(data)
        if title and not _HEADING.search(markup):
            builder.heading(1, title)
        self._html.add(markup, builder)

    def _root(self, path: Path, name: str) -> Any:
        root = self._xml.fromstring(archives.content(path, name), self._parser)
        if root is None:
            raise IngestionError(f"its part '{name}' is damaged")
        return root

    def _check_protection(self, path: Path, names: set[str]) -> None:
        if _ENCRYPTION not in names:
            return
        for method in self._root(path, _ENCRYPTION).iter("{*}EncryptionMethod"):
            if method.get("Algorithm") not in _FONTS:
                raise IngestionError(
                    "the e-book is protected against copying (DRM)",
                    hint="ask its seller for a copy without protection",
                )

    def _titles(self, path: Path, names: set[str], folder: str, items: Any) -> dict[str, str]:
        """Return what the book's table of contents calls each of its parts."""
        titles: dict[str, str] = {}
        for item in items:
            name = _resolved(folder, item.get("href"))
            listed = item.get("media-type") == _NCX or "nav" in (item.get("properties") or "")
            if listed and name in names:
                for label, target in _entries(self._root(path, name)):
                    titles.setdefault(_resolved(posixpath.dirname(name), target), label)
        return titles


def _entries(contents: Any) -> Iterator[tuple[str, str]]:
    """Yield what a table of contents, of either version of the format, calls each place."""
    for point in contents.iter("{*}navPoint", "{*}a"):
        label, place = point.find("{*}navLabel"), point.find("{*}content")
        said = " ".join("".join((point if label is None else label).itertext()).split())
        target = point.get("href") if place is None else place.get("src")
        if said and target:
            yield said, target


def _resolved(folder: str, reference: str | None) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote((reference or "").partition("#")[0])))


def _described(book: Any) -> dict[str, str]:
    """Return the book's title and what its metadata says of its origin."""
    found: dict[str, str] = {}
    for node in book.iterfind(".//{http://purl.org/dc/elements/1.1/}*"):
        name = node.tag.rpartition("}")[2]
        said = " ".join((node.text or "").split())
        if said and (name in _META or name == "title"):
            found.setdefault(_META.get(name, name), said)
    return found
