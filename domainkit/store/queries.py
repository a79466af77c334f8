"""The questions the store asks of its tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from domainkit.store.tables import documents, files, passages

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

ENTRIES: Select[Any] = select(
    passages, documents.c.language, documents.c.meta.label("document_meta")
).join(documents)
