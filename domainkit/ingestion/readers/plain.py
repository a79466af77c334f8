"""Reads plain text in any encoding, as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from domainkit.ingestion.text import decode
from domainkit.types import Document, Span


class PlainReader:
    """Text files. Nothing is changed but line breaks, so offsets count in the file itself."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``; form feeds divide it into pages.

        Raises:
            IngestionError: when the file is no text or its encoding cannot be told.
        """
        text = decode(path.read_bytes())
        yield Document(id="", source=path.name, title=path.stem, text=text, pages=_pages(text))


def _pages(text: str) -> tuple[Span, ...]:
    """Return the pages that form feeds, as printers and pdftotext write them, divide."""
    if "\f" not in text.strip("\f"):
        return ()
    pages, start = [], 0
    for page in text.split("\f"):
        end = min(start + len(page) + 1, len(text))
        pages.append(Span(start, end))
        start = end
    return tuple(pages)
