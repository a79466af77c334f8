"""Reads Org, reStructuredText, LaTeX and their like, which ``unstructured`` has pandoc convert.

Of what ``unstructured`` offers this is what loses no structure: the page pandoc makes keeps
headings, lists with their numbers and tables, and is read as any page is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.html import HtmlReader
from domainkit.ingestion.text import decode
from domainkit.types import Document

# By the ending of a file's name, what pandoc calls its format.
FORMATS = {
    ".org": "org",
    ".rst": "rst",
    ".tex": "latex",
    ".textile": "textile",
    ".typ": "typst",
    ".fb2": "fb2",
}


class MarkupReader:
    """Texts with marks that make them pages; files of other endings are taken for Org."""

    def __init__(self) -> None:
        self._html = HtmlReader()
        self._library: Any = load(
            "unstructured.file_utils.file_conversion", needed_for="reading marked-up text"
        )

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, titled by its first heading.

        Raises:
            IngestionError: when the file is no text, or its marks make no sense.
        """
        form = FORMATS.get(path.suffix.lower(), "org")
        builder = TextBuilder()
        self._html.add(self._page(decode(path.read_bytes()), form), builder)
        title = builder.first_heading or path.stem
        document = builder.build(source=path.name, title=title, meta={})
        if not document.text:
            raise IngestionError("the file holds no text")
        yield document

    def _page(self, text: str, form: str) -> str:
        with tempfile.TemporaryDirectory(prefix="domainkit-") as folder:
            copy = Path(folder) / f"text.{form}"
            copy.write_text(text, encoding="utf-8")  # the only encoding pandoc knows
            try:
                return str(
                    self._library.convert_file_to_html_text_using_pandoc(
                        source_format=form, filename=str(copy)
                    )
                )
            except RuntimeError as error:
                why = " ".join(str(error).split("\n\n")[0].split())
                raise IngestionError(f"its {form} marks make no sense ({why})") from error
