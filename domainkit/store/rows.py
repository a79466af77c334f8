"""Turns documents and passages into rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from domainkit.errors import StoreError
from domainkit.store.records import DocumentSummary, FileRecord
from domainkit.store.tables import passages
from domainkit.types import Document, Entry, Passage, Section, Span, Validity

# Several names in one value of ``Document.meta`` are kept apart by this.
SYNONYM_SEPARATOR = "; "

# What an index sees of a passage besides its text. Offsets, page and locator are read from the
# store when a passage is shown, so that they may move without the passage being indexed again.
INDEXED = (
    "title",
    "section",
    "effective_from",
    "effective_to",
    "superseded_by",
    "jurisdiction",
    "group",
)
# Characters of a document's first passage by which each of its passages is found as well.
OPENING = {"en": 600, "zh": 200}
_COLUMNS = tuple(column.name for column in passages.c)
MOVABLE = ("locator", "start", "stop", "page", "meta")


def file_row(record: FileRecord) -> dict[str, Any]:
    """Return the columns of ``record``."""
    return {name: getattr(record, name) for name in FileRecord.__slots__}


def file_record(row: Row[Any]) -> FileRecord:
    """Return the file a row of ``files`` holds."""
    return FileRecord(**{name: getattr(row, name) for name in FileRecord.__slots__})


def summary(row: Row[Any]) -> DocumentSummary:
    """Return the document a row of ``queries.SUMMARIES`` describes."""
    return DocumentSummary(
        id=row.id,
        source=source(row.path, row.record),
        title=row.title,
        language=row.language,
        profile=row.profile,
        group=row.group,
        characters=row.characters,
        passages=row.passages,
        pages=row.pages,
    )


def document_row(document: Document, *, file_id: int, record: str) -> dict[str, Any]:
    """Return the columns of ``document``."""
    return {
        "id": document.id,
        "file_id": file_id,
        "record": record,
        "title": document.title,
        "text": document.text,
        "language": document.language,
        "profile": document.profile,
        "sections": [[list(s.path), s.span.start, s.span.end, s.page] for s in document.sections],
        "pages": [[p.start, p.end] for p in document.pages],
        **_validity_columns(document.validity),
        "jurisdiction": document.jurisdiction,
        "authority": document.authority,
        "meta": dict(document.meta),
    }


def document(row: Row[Any]) -> Document:
    """Return the document a row of ``documents``, joined with its file's path, holds."""
    return Document(
        id=row.id,
        source=source(row.path, row.record),
        title=row.title,
        text=row.text,
        language=row.language,
        profile=row.profile,
        sections=tuple(
            Section(tuple(path), Span(start, end), page) for path, start, end, page in row.sections
        ),
        pages=tuple(Span(start, end) for start, end in row.pages),
        validity=_validity(row),
        jurisdiction=row.jurisdiction,
        authority=row.authority,
        meta=row.meta,
    )


def passage_row(passage: Passage, document: Document, *, group: str) -> dict[str, Any]:
    """Return the columns of ``passage``, all but its key and generation.

    Raises:
        StoreError: when the passage is not what its document says at its span.
    """
    _check(passage, document)
    return {
        "id": passage.id,
        "document_id": document.id,
        "title": passage.title,
        "locator": passage.locator,
        "start": passage.span.start,
        "stop": passage.span.end,
        "text": passage.text,
        "page": passage.page,
        "section": list(passage.section),
        **_validity_columns(passage.validity),
        "jurisdiction": document.jurisdiction,
        "group": group,
        "meta": dict(passage.meta),
    }


def passage(row: Row[Any]) -> Passage:
    """Return the passage a row of ``passages`` holds."""
    return Passage(
        id=row.id,
        document_id=row.document_id,
        title=row.title,
        locator=row.locator,
        span=Span(row.start, row.stop),
        text=row.text,
        page=row.page,
        section=tuple(row.section),
        validity=_validity(row),
        meta=row.meta,
    )


def fetched(values: tuple[Any, ...]) -> Any:
    """Return a row of ``passages`` that the driver gave, decoded as SQLAlchemy would."""
    row = SimpleNamespace(**dict(zip(_COLUMNS, values, strict=True)))
    row.section, row.meta = json.loads(row.section), json.loads(row.meta)
    row.effective_from = row.effective_from and date.fromisoformat(row.effective_from)
    row.effective_to = row.effective_to and date.fromisoformat(row.effective_to)
    return row


def entry(row: Row[Any]) -> Entry:
    """Return what indexes see of a row of ``passages`` joined with its document."""
    return Entry(
        key=row.key,
        passage=passage(row),
        language=row.language,
        jurisdiction=row.jurisdiction,
        group=row.group,
        synonyms=synonyms(row.document_meta),
        opening=opening(row.opening, row.language),
    )


def opening(first: str | None, language: str) -> str:
    """Return how the document of a passage begins; empty for one that is all of it."""
    return (first or "")[: OPENING.get(language, OPENING["en"])]


def synonyms(meta: Mapping[str, str]) -> tuple[str, ...]:
    """Return the other names of a document's subject."""
    joined = meta.get("synonyms", "")
    return tuple(joined.split(SYNONYM_SEPARATOR)) if joined else ()


def source(path: str, record: str) -> str:
    """Return ``path``, or ``path#record`` for one record of many."""
    return f"{path}#{record}" if record else path


def record_of(document: Document, path: str) -> str:
    """Return which record of the file ``path`` the document is; empty for the whole file.

    Raises:
        StoreError: when the document's source is not of that file.
    """
    if document.source == path:
        return ""
    if not document.source.startswith(f"{path}#"):
        raise StoreError(f"the document '{document.source}' is not of the file '{path}'")
    return document.source.removeprefix(f"{path}#")


def _check(passage: Passage, document: Document) -> None:
    if passage.document_id != document.id:
        raise StoreError(f"{document.source}: a passage of another document was handed in")
    if passage.span.of(document.text) != passage.text or not passage.text:
        raise StoreError(
            f"{document.source}: the passage at characters {passage.span.start} to "
            f"{passage.span.end} is not what the document says there",
            hint="the splitter is wrong: `document.text[start:end] == passage.text` must hold",
        )


def _validity_columns(validity: Validity) -> dict[str, Any]:
    return {
        "effective_from": validity.effective_from,
        "effective_to": validity.effective_to,
        "superseded_by": validity.superseded_by,
    }


def _validity(row: Row[Any]) -> Validity:
    return Validity(row.effective_from, row.effective_to, row.superseded_by)
