"""The count of committed changes, and which passages each change took away.

An index remembers the generation it was built from and asks for what came and went since.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from domainkit.store.records import Changes
from domainkit.store.tables import passages, removals, state

# Well under SQLite's limit of bound parameters in one statement.
BATCH = 500


def current(connection: Connection) -> int:
    """Return the number of changes committed so far."""
    return int(connection.execute(select(state.c.generation)).scalar_one())


def advance(connection: Connection) -> int:
    """Count one more change; return its number."""
    connection.execute(update(state).values(generation=state.c.generation + 1))
    return current(connection)


def drop(connection: Connection, keys: Sequence[int], generation: int) -> None:
    """Remove the passages ``keys`` and record that ``generation`` did."""
    for first in range(0, len(keys), BATCH):
        batch = keys[first : first + BATCH]
        connection.execute(delete(passages).where(passages.c.key.in_(batch)))
        connection.execute(
            insert(removals), [{"key": key, "generation": generation} for key in batch]
        )


def since(connection: Connection, generation: int) -> Changes:
    """Return what happened after ``generation``."""
    gone = select(removals.c.key).where(removals.c.generation > generation)
    came = select(func.count()).where(passages.c.generation > generation)
    return Changes(
        generation=current(connection),
        removed=tuple(connection.execute(gone.order_by(removals.c.key)).scalars()),
        added=int(connection.execute(came).scalar_one()),
    )
