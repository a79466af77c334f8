"""Names that outlive edits: of files, of documents and of passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from domainkit.types import Passage

# 64 bits: at a hundred million passages the chance of any two sharing a name is 3 in 10,000.
_DIGITS = 16


def digest(*parts: str) -> str:
    """Return a name of 16 hexadecimal digits for ``parts``, the same on every machine."""
    joined = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:_DIGITS]


def document_id(identity: str, record: str = "") -> str:
    """Return the id of the document ``record`` of the file first seen as ``identity``."""
    return digest("document", identity, record)


def passage_id(document: str, text: str, occurrence: int) -> str:
    """Return the id of the ``occurrence``-th passage (from 0) of ``document`` that reads so."""
    return digest("passage", document, text, str(occurrence))


def with_ids(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Yield the passages of one document with their ids, counting those that read the same."""
    seen: dict[str, int] = {}
    for passage in passages:
        occurrence = seen.get(passage.text, 0)
        seen[passage.text] = occurrence + 1
        name = passage_id(passage.document_id, passage.text, occurrence)
        yield replace(passage, id=name)
