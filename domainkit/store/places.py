"""Says of which places the store holds texts."""

from __future__ import annotations

from sqlalchemy import select

from domainkit.store.documents import Store
from domainkit.store.tables import documents


def jurisdictions(store: Store) -> frozenset[str]:
    """Return the jurisdictions of all documents; "" stands for documents that name none."""
    with store.reading() as connection:
        found = connection.execute(select(documents.c.jurisdiction).distinct()).scalars()
        return frozenset(place or "" for place in found)
