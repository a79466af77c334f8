"""Reads web pages saved as one file (mhtml), as browsers and Word save them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.html import HtmlReader
from domainkit.ingestion.readers.mail import parsed
from domainkit.types import Document


class WebArchiveReader:
    """Web archives: the page itself; its style sheets, scripts and pictures are left out."""

    def __init__(self) -> None:
        self._html = HtmlReader()

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, titled by its page.

        Raises:
            IngestionError: when it holds no page, or one without text.
        """
        message = parsed(path.read_bytes())
        builder, title = TextBuilder(), message.subject
        for markup in message.pages:
            titled = self._html.add(markup, builder).css_first("title")
            title = title or (" ".join(titled.text().split()) if titled is not None else "")
        for text in () if message.pages else message.plain:
            builder.block(text)
        title = title or builder.first_heading or path.stem
        document = builder.build(source=path.name, title=title, meta={})
        if not document.text:
            raise IngestionError("the web archive holds no page with text")
        yield document
