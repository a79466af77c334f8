"""A store of a few documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_store import GUIDE, LEASE, CountingEmbedder, Put

from domainkit.store import FileRecord, Store
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage, Span, Validity


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite", create=True)
    yield opened
    opened.close()


@pytest.fixture
def put(store: Store) -> Put:
    """Return what puts a text into the store, a passage a line."""

    def put(path: str, text: str, title: str = "", **fields: Any) -> None:
        document = Document(document_id(path), path, title or path, text, **fields)
        parts, start = [], 0
        for number, line in enumerate(text.split("\n"), start=1):
            span = Span(start, start + len(line))
            start = span.end + 1
            place = f"line {number}"
            validity = document.validity
            parts.append(
                Passage("", document.id, document.title, place, span, line, validity=validity)
            )
        record = FileRecord(path=path, sha256=str(hash(text)), identity=path)
        store.replace(record, [(document, list(with_ids(parts)))])

    return put


@pytest.fixture
def filled(store: Store, put: Put) -> Store:
    put("lease.txt", LEASE, "Lease")
    put("guide.txt", GUIDE, "Guide")
    put("old.txt", "The landlord keeps any deposit.", validity=Validity(None, date(2020, 1, 1)))
    return store
