"""Brings a store's tables to the newest version, one step at a time, by ``user_version``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert, text

from domainkit.errors import StoreError
from domainkit.store import tables


def _first(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    connection.execute(insert(tables.state).values(generation=0))


# STEPS[n] makes version n + 1 of version n. A step, once released, never changes: when the tables
# do, the first step is written out as the tables then were and the change becomes a new step.
STEPS: tuple[Callable[[Connection], None], ...] = (_first,)


def version(connection: Connection) -> int:
    """Return the version of the store's tables; 0 for an empty file."""
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def migrate(connection: Connection, path: Path) -> None:
    """Run the steps the store lacks, within the caller's transaction.

    Raises:
        StoreError: when a newer domainkit wrote the store.
    """
    found = version(connection)
    if found > len(STEPS):
        raise StoreError(
            f"{path} was written by a newer domainkit (version {found}, known: {len(STEPS)})",
            hint="pip install --upgrade domainkit",
        )
    for number, step in enumerate(STEPS[found:], start=found + 1):
        step(connection)
        connection.execute(text(f"PRAGMA user_version = {number}"))
