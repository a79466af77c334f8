"""One writer at a time, on every platform, freed even when its process dies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from domainkit.errors import StoreError

_NAME = "lock"


@contextmanager
def writing(folder: Path, *, patience: float = 0) -> Iterator[None]:
    """Hold the right to change what is in ``folder``: a lock of SQLite's on a file there.

    Args:
        folder: made where there is none.
        patience: how many seconds to wait for another process to end.

    Raises:
        StoreError: when another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with closing(_connect(folder, patience)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{folder}: another process is writing the documents or their indexes",
                hint="wait until that 'domainkit ingest' has ended",
            ) from error
        yield


def held(folder: Path) -> bool:
    """Return whether a process that lives is writing what is in ``folder``."""
    if not (folder / _NAME).is_file():
        return False
    with closing(_connect(folder, 0)) as connection:
        try:
            connection.execute("SELECT name FROM sqlite_master").fetchall()
        except sqlite3.OperationalError:
            return True
    return False


def _connect(folder: Path, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(folder / _NAME, timeout=patience, isolation_level=None)
