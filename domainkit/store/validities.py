"""The days on which texts of the store come into force or leave it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, union

from domainkit.store.documents import Store
from domainkit.store.tables import passages


def dates(store: Store) -> list[date]:
    """Return every such day, the earliest first."""
    ends = (passages.c.effective_from, passages.c.effective_to)
    query = union(*(select(end.label("day")).where(end.is_not(None)) for end in ends))
    with store.reading() as connection:
        return sorted(connection.execute(query).scalars())
