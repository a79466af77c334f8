"""Brings a store's tables to the newest version, one step at a time, by ``user_version``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert, text

from domainkit.errors import StoreError
from domainkit.store import tables


def _remember_hints(connection: Connection) -> None:
    """Since version 2 a refused file keeps what to do about it."""
    connection.execute(text("ALTER TABLE files ADD COLUMN hint VARCHAR NOT NULL DEFAULT ''"))


def _link_alike(connection: Connection) -> None:
    """Since version 3 documents that say nearly the same are linked, by the next ingest."""
    for statement in (
        """CREATE TABLE sketches (document_id VARCHAR NOT NULL PRIMARY KEY
           REFERENCES documents (id) ON DELETE CASCADE, least BLOB NOT NULL)""",
        """CREATE TABLE bands (band INTEGER NOT NULL, document_id VARCHAR NOT NULL,
           PRIMARY KEY (band, document_id)) WITHOUT ROWID""",
        """CREATE TABLE likenesses (
           document_id VARCHAR NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
           other_id VARCHAR NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
           likeness FLOAT NOT NULL, only_here INTEGER NOT NULL, only_there INTEGER NOT NULL,
           PRIMARY KEY (document_id, other_id))""",
        "CREATE INDEX likenesses_other ON likenesses (other_id)",
    ):
        connection.execute(text(statement))


# STEPS[n] makes version n + 2 of version n + 1. A step, once released, never changes.
STEPS: tuple[Callable[[Connection], None], ...] = (_remember_hints, _link_alike)
VERSION = len(STEPS) + 1


def version(connection: Connection) -> int:
    """Return the version of the store's tables; 0 for an empty file."""
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def migrate(connection: Connection, path: Path) -> None:
    """Make the tables of an empty store, or run the steps an older one lacks.

    Runs within the caller's transaction.

    Raises:
        StoreError: when a newer domainkit wrote the store.
    """
    found = version(connection)
    if found > VERSION:
        raise StoreError(
            f"{path} was written by a newer domainkit (version {found}, known: {VERSION})",
            hint="pip install --upgrade domainkit",
        )
    if found == 0:
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.state).values(generation=0))
    else:
        for step in STEPS[found - 1 :]:
            step(connection)
    connection.execute(text(f"PRAGMA user_version = {VERSION}"))
