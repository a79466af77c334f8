"""Reads PDF files page by page: their text layer, and by OCR the pages that have none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion import limits
from domainkit.ingestion.readers.layout import flow, without_furniture
from domainkit.ingestion.readers.pdf_layout import Layout
from domainkit.ingestion.readers.scans import Scans
from domainkit.ingestion.readers.titles import title_or
from domainkit.ingestion.text import tidy
from domainkit.types import Document, Span

# pdfium's wording for the two failures a user can do something about.
_PASSWORD = "Incorrect password"  # noqa: S105
_ENCRYPTED = b"/Encrypt"
_HEADER, _HEAD = b"%PDF-", 1024
_DAMAGED = re.compile(r"\(PDFium: (.*?)\.?\)")


class PdfReader:
    """PDF files, scans among them; passwords are tried in turn on encrypted ones."""

    def __init__(self, passwords: Sequence[str] = (), *, furniture: bool = False) -> None:
        """Prepare to read.

        Args:
            passwords: tried in turn on files that need one.
            furniture: keep running heads, feet and page numbers.
        """
        self._pdfium: Any = load("pypdfium2", needed_for="reading PDF")
        self._layout = Layout()
        self._passwords = tuple(passwords)
        self._furniture = furniture

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path`` with the span of each of its pages.

        Raises:
            IngestionError: when the file is damaged, needs a password, or shows no text.
        """
        scans = Scans()
        with closing(self._open(path)) as pdf:
            raw = [self._page(pdf, number, scans) for number in range(_pages(pdf))]
            title = _title(pdf)
        if not any(page.strip() for page in raw):
            raise scans.refusal(len(raw))
        pages = [tidy(page) for page in raw]
        text, spans = _joined(flow(pages if self._furniture else without_furniture(pages)))
        yield Document(
            id="",
            source=path.name,
            title=title_or(title, path.stem),
            text=text,
            pages=spans,
            meta=scans.meta(),
        )

    def _open(self, path: Path) -> Any:
        source = _headed(path)
        for password in (None, *self._passwords):
            try:
                return self._pdfium.PdfDocument(source, password=password)
            except self._pdfium.PdfiumError as error:
                if _PASSWORD not in str(error):
                    said = _DAMAGED.search(str(error))
                    reason = said[1] if said and said[1] != "Success" else "no page can be found"
                    raise IngestionError(f"the PDF is damaged ({reason})") from error
        if _ENCRYPTED not in path.read_bytes():  # pdfium guesses so of some that are broken
            raise IngestionError("the PDF is damaged (its objects contradict each other)")
        if self._passwords:
            raise IngestionError("the PDF is encrypted and no given password opens it")
        raise IngestionError(
            "the PDF is encrypted", hint="give its password: --password - asks for it"
        )

    def _page(self, pdf: Any, number: int, scans: Scans) -> str:
        """Return the text of a page; empty for one that cannot be loaded."""
        limits.alive()
        try:
            with closing(pdf[number]) as page, closing(page.get_textpage()) as layer:
                return scans.text(number + 1, page, self._layout.text(page, layer))
        except self._pdfium.PdfiumError:
            return scans.damaged(number + 1)


def _headed(path: Path) -> Path | bytes:
    """Return what pdfium opens: the file, or its bytes below the first line that it lacks."""
    with path.open("rb") as file:
        if _HEADER in file.read(_HEAD):
            return path
    return _HEADER + b"1.7\n" + path.read_bytes()


def _pages(pdf: Any) -> int:
    pages, most = len(pdf), limits.current().pages
    if pages > most:
        raise IngestionError(
            f"the PDF has {pages:,} pages, more than {most:,}",
            hint="split it, or allow more: domainkit.toml, [ingestion] pages",
        )
    return pages


def _title(pdf: Any) -> str:
    try:
        return str(pdf.get_metadata_value("Title"))
    except UnicodeDecodeError:
        return ""  # damaged, and no reason to refuse the text


def _joined(pages: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """Return the whole text and the span of each page: together the spans cover it."""
    parts: list[str] = []
    starts, length = [], 0
    for page in pages:
        if parts and page:
            # A sentence that goes on over the page goes on in the text.
            last = parts[-1][-1]
            gap = "\n" if last.isalnum() or last in "_,，、" else "\n\n"
            parts[-1] += gap
            length += len(gap)
        starts.append(length)
        if page:
            parts.append(page)
            length += len(page)
    ends = [*starts[1:], length]
    return "".join(parts), tuple(Span(a, b) for a, b in zip(starts, ends, strict=True))
