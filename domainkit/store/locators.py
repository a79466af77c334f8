"""Looks passages up by what they are cited by: their document, its title and their locator."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from domainkit.store import rows
from domainkit.store.documents import Store
from domainkit.store.tables import passages
from domainkit.types import Passage


def of_document(store: Store, document_id: str) -> list[Passage]:
    """Return the passages of a document, in order."""
    query = (
        select(passages).where(passages.c.document_id == document_id).order_by(passages.c.start)
    )
    with store.reading() as connection:
        return [rows.passage(row) for row in connection.execute(query)]


def of_short(store: Store, documents: Sequence[str], most: int) -> dict[str, list[Passage]]:
    """Return the passages of those of ``documents`` that have ``most`` of them or fewer."""
    here = passages.c.document_id.in_(documents)
    counted = select(passages.c.document_id).where(here).group_by(passages.c.document_id)
    short = counted.having(func.count() <= most)
    query = select(passages).where(passages.c.document_id.in_(short)).order_by(passages.c.start)
    found: dict[str, list[Passage]] = {}
    with store.reading() as connection:
        for row in connection.execute(query):
            found.setdefault(row.document_id, []).append(rows.passage(row))
    return found


def titled(store: Store, title: str, *, most: int) -> dict[int, str]:
    """Return, by key, the locators of ``most`` passages whose title has ``title`` in it."""
    named = passages.c.title.contains(title, autoescape=True)
    query = select(passages.c.key, passages.c.locator).where(named).limit(most)
    with store.reading() as connection:
        return {row.key: row.locator for row in connection.execute(query)}


def numbered(store: Store, documents: Sequence[str], numbers: Sequence[str]) -> dict[int, str]:
    """Return, by key, the locators in ``documents`` that have one of ``numbers`` in them."""
    held = or_(*(passages.c.locator.contains(number, autoescape=True) for number in numbers))
    query = (
        select(passages.c.key, passages.c.locator)
        .where(passages.c.document_id.in_(documents), held)
        .order_by(passages.c.key)
    )
    with store.reading() as connection:
        return {row.key: row.locator for row in connection.execute(query)}
