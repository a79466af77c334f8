"""The questions the store asks of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, select
from sqlalchemy.dialects import sqlite

from domainkit.store import generations, rows
from domainkit.store.tables import documents, files, likenesses, passages

DOCUMENTS: Select[Any] = select(documents, files.c.path).join(files)

SUMMARIES: Select[Any] = (
    select(
        documents.c.id,
        documents.c.record,
        documents.c.title,
        documents.c.language,
        documents.c.profile,
        func.length(documents.c.text).label("characters"),
        func.json_array_length(documents.c.pages).label("pages"),
        select(func.count())
        .where(passages.c.document_id == documents.c.id)
        .scalar_subquery()
        .label("passages"),
        files.c.path,
        files.c.group,
    )
    .join(files)
    .order_by(files.c.path, documents.c.record)
)

_part = passages.alias()
_parts = select(_part.c.text).where(_part.c.document_id == passages.c.document_id)

# `opening` is the document's first passage; null where it is the only one.
ENTRIES: Select[Any] = select(
    passages,
    documents.c.language,
    documents.c.meta.label("document_meta"),
    case(
        (
            _parts.where(_part.c.key != passages.c.key).correlate(passages).exists(),
            _parts.order_by(_part.c.start).limit(1).correlate(passages).scalar_subquery(),
        )
    ).label("opening"),
).join(documents)


def _listed(name: str) -> Select[Any]:
    """Return the values of a JSON array: one parameter, whatever their number."""
    return select(func.json_each(bindparam(name)).table_valued("value").c.value)


def _sql(query: Select[Any]) -> str:
    return str(query.compile(dialect=sqlite.dialect()))


# For ``engine.fetched``; their parameters are JSON arrays of keys and of documents' ids.
PASSAGES = _sql(select(passages).where(passages.c.key.in_(_listed("keys"))))
TITLES = _sql(
    select(passages.c.key, passages.c.title, passages.c.document_id).where(
        passages.c.key.in_(_listed("keys"))
    )
)
LINKED = _sql(
    select(likenesses.c.document_id, likenesses.c.other_id).where(
        likenesses.c.document_id.in_(_listed("ones")),
        likenesses.c.other_id.in_(_listed("others")),
    )
)
AUTHORITIES = _sql(
    select(documents.c.id, documents.c.authority).where(
        documents.c.id.in_(_listed("ids")), documents.c.authority.is_not(None)
    )
)


def source_of(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the sources of the documents ``ids``."""
    query = select(documents.c.id, documents.c.record, files.c.path).join(files)
    sources: dict[str, str] = {}
    for first in range(0, len(ids), generations.BATCH):
        batch = documents.c.id.in_(ids[first : first + generations.BATCH])
        found = connection.execute(query.where(batch))
        sources.update((row.id, rows.source(row.path, row.record)) for row in found)
    return sources
