"""One writer at a time, on every platform, freed even when its process dies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from domainkit.errors import StoreError


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the right to change the indexes in ``folder``: a lock of SQLite's on a file there.

    Raises:
        StoreError: when another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "lock", timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{folder}: another process is writing the indexes",
                hint="wait until that 'domainkit ingest' has ended",
            ) from error
        yield
