"""Reads question-and-answer XML as the NIH sites' collections have it, one topic a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.store.rows import SYNONYM_SEPARATOR
from domainkit.types import Document

# Lists were flattened into lines: an item begins after two spaces or more and a dash.
_ITEM = re.compile(r"(?:^|[ \t]{2,}|\n[ \t]*)[-•][ \t]+(?=\S)")
_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")
_LINE = re.compile(r"[ \t]*\n[ \t]*")


class QaXmlReader:
    """Files of ``Document/QAPairs/QAPair`` with ``Question`` and ``Answer``.

    The parser resolves no entities, reads no DTD and opens no other file or address.
    """

    def __init__(self) -> None:
        self._xml: Any = load("defusedxml.ElementTree", needed_for="reading XML")
        self._refused: Any = load("defusedxml", needed_for="reading XML").DefusedXmlException

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``: a section a pair, headed by its question.

        Raises:
            IngestionError: when the XML is damaged or unsafe, or holds no answer.
        """
        try:
            root = self._xml.parse(path, forbid_dtd=True).getroot()
        except self._xml.ParseError as error:
            raise IngestionError(f"the XML is damaged ({error})") from error
        except self._refused as error:
            raise IngestionError(f"the XML defines entities or a DTD ({error})") from error
        except (LookupError, ValueError) as error:  # what the parser makes of such encodings
            raise IngestionError(
                f"the XML declares an encoding that is not read ({error})", hint="save it as UTF-8"
            ) from error
        builder = TextBuilder()
        pairs = 0
        for pair in root.iter("QAPair"):
            question, answer = (_squeeze(pair.findtext("Question")), pair.findtext("Answer") or "")
            if question and answer.strip():
                pairs += 1
                builder.heading(1, question)
                builder.block(_lines(answer))
        if not pairs:
            raise IngestionError("it is an index page: no question in it has an answer")
        title = _squeeze(root.findtext("Focus")) or path.stem
        yield builder.build(source=path.name, title=title, meta=_meta(root))


def _meta(root: Any) -> dict[str, str]:
    synonyms = [_squeeze(node.text) for node in root.iter("Synonym")]
    concepts = [_squeeze(node.text) for node in root.iter("CUI")]
    found = {
        "url": root.get("url") or "",
        "publisher": root.get("source") or "",
        "synonyms": SYNONYM_SEPARATOR.join(dict.fromkeys(filter(None, synonyms))),
        "umls": SYNONYM_SEPARATOR.join(dict.fromkeys(filter(None, concepts))),
    }
    return {key: value for key, value in found.items() if value}


def _lines(answer: str) -> str:
    """Return an answer in paragraphs and list items as they were before they were flattened."""
    paragraphs = []
    for paragraph in _PARAGRAPH.split(answer.strip()):
        items = _ITEM.sub("\n- ", paragraph)
        lines = (_squeeze(line) for line in _LINE.split(items))
        paragraphs.append("\n".join(line for line in lines if line))
    return "\n\n".join(paragraphs)


def _squeeze(text: str | None) -> str:
    return re.sub(r"\s+([?])", r"\1", " ".join((text or "").split()))
