"""Runs an ingest on a copy of the store, to see what it would do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domainkit.store import engine
from domainkit.store.documents import Store


@contextmanager
def rehearsal(store: Path) -> Iterator[Store]:
    """Give a copy of the store in the file ``store``, or an empty one; it is thrown away."""
    with tempfile.TemporaryDirectory(prefix="domainkit-") as folder:
        copy = Path(folder) / "store.sqlite"
        if store.is_file():
            engine.copy(store, copy)
        opened = Store.open(copy, create=True)
        try:
            yield opened
        finally:
            opened.close()
