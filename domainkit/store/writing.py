"""Puts a file's documents in place of those it held, keeping the key of what did not change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, or_, select, update

from domainkit.store import generations, queries, rows
from domainkit.store.identity import digest
from domainkit.store.records import FileRecord
from domainkit.store.sketches import bands as band_numbers
from domainkit.store.tables import bands, documents, files, likenesses, passages, sketches
from domainkit.types import Document, Passage

Divided = tuple[Document, Sequence[Passage]]

# Documents handled at once: bounds memory, and one query compares them all with what is there.
BATCH = 200


class FileWriter:
    """Writes the documents of one file, within the caller's transaction, and counts them."""

    def __init__(
        self, connection: Connection, *, file_id: int, path: str, group: str, generation: int
    ) -> None:
        self._connection = connection
        self._file_id = file_id
        self._path = path
        self._group = group
        self._generation = generation
        self._unseen = self._held()  # record -> id of the documents the file held before
        self.profile = ""
        self.documents = 0
        self.removed = 0
        self.passages = 0
        self.pages = 0

    def write(self, divided: Iterable[Divided]) -> None:
        """Store ``divided`` in place of what the file held; one batch at a time is in memory."""
        iterator = iter(divided)
        while batch := list(islice(iterator, BATCH)):
            before = self._passages_of(document.id for document, _ in batch)
            self._write_documents([document for document, _ in batch])
            self._write_passages(batch, before)
            self.profile = self.profile or batch[0][0].profile
            self.documents += len(batch)
            self.passages += sum(len(parts) for _, parts in batch)
            self.pages += sum(len(document.pages) for document, _ in batch)
        self.removed = len(self._unseen)
        remove_documents(self._connection, list(self._unseen.values()), self._generation)

    def _held(self) -> dict[str, str]:
        held = select(documents.c.record, documents.c.id)
        found = self._connection.execute(held.where(documents.c.file_id == self._file_id))
        return {row.record: row.id for row in found}

    def _passages_of(self, ids: Iterable[str]) -> dict[str, Row[Any]]:
        """Return the passages the store holds of those documents, by id."""
        held = set(self._unseen.values())
        known = [name for name in ids if name in held]
        if not known:
            return {}
        query = queries.ENTRIES.where(documents.c.id.in_(known))
        return {row.id: row for row in self._connection.execute(query)}

    def _write_documents(self, batch: Sequence[Document]) -> None:
        new: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        for document in batch:
            record = rows.record_of(document, self._path)
            row = rows.document_row(document, file_id=self._file_id, record=record)
            (new if self._unseen.pop(record, None) is None else known).append(row)
        unlink(self._connection, [row["id"] for row in known])
        _insert(self._connection, documents, new)
        _update(self._connection, documents, known)

    def _write_passages(self, batch: Sequence[Divided], before: dict[str, Row[Any]]) -> None:
        new, moved, gone = [], [], []
        for document, parts in batch:
            for passage in parts:
                row = rows.passage_row(passage, document, group=self._group)
                old = before.pop(passage.id, None)
                if old is None:
                    new.append(row)
                elif not _indexed_alike(
                    old, row, document, begins=parts[0].text if len(parts) > 1 else None
                ):
                    gone.append(old.key)
                    new.append(row)
                elif any(getattr(old, name) != row[name] for name in rows.MOVABLE):
                    moved.append(row)
        gone.extend(old.key for old in before.values())
        generations.drop(self._connection, gone, self._generation)
        _insert(self._connection, passages, [r | {"generation": self._generation} for r in new])
        _update(self._connection, passages, moved)


def write_file(connection: Connection, file: FileRecord) -> tuple[int, FileRecord]:
    """Make or update the row of ``file``; return its id and the file with its identity."""
    query = select(files.c.id, files.c.identity).where(files.c.path == file.path)
    row = connection.execute(query).one_or_none()
    if row is not None:
        file = replace(file, identity=row.identity)
        connection.execute(update(files).where(files.c.id == row.id).values(**rows.file_row(file)))
        return int(row.id), file
    file = replace(file, identity=file.identity or digest("file", file.path, file.sha256))
    connection.execute(insert(files).values(**rows.file_row(file)))
    return int(connection.execute(query).one().id), file


def remove_file(connection: Connection, path: str, generation: int) -> int:
    """Remove the file ``path`` with its documents; return how many passages that were."""
    query = select(documents.c.id).join(files).where(files.c.path == path)
    removed = remove_documents(connection, list(connection.execute(query).scalars()), generation)
    connection.execute(delete(files).where(files.c.path == path))
    return removed


def remove_documents(connection: Connection, ids: Sequence[str], generation: int) -> int:
    """Remove documents with their passages; return how many passages that were."""
    keys = [
        key
        for name in ids
        for key in connection.execute(
            select(passages.c.key).where(passages.c.document_id == name)
        ).scalars()
    ]
    generations.drop(connection, keys, generation)
    unlink(connection, ids)
    for name in ids:
        connection.execute(delete(documents).where(documents.c.id == name))
    return len(keys)


def unlink(connection: Connection, ids: Sequence[str]) -> None:
    """Drop the sketches and the links of documents that changed or went."""
    for name in ids:
        query = select(sketches.c.least).where(sketches.c.document_id == name)
        least = connection.execute(query).scalar_one_or_none()
        if least:
            numbers = band_numbers(np.frombuffer(least, dtype=np.uint64))
            mine = bands.c.document_id == name
            connection.execute(delete(bands).where(mine, bands.c.band.in_(numbers)))
            either = or_(likenesses.c.document_id == name, likenesses.c.other_id == name)
            connection.execute(delete(likenesses).where(either))
        connection.execute(delete(sketches).where(sketches.c.document_id == name))


def _indexed_alike(
    old: Row[Any], new: Mapping[str, Any], document: Document, *, begins: str | None
) -> bool:
    """Return whether an index would see no difference: the passage may then keep its key."""
    same_row = all(getattr(old, name) == new[name] for name in rows.INDEXED)
    same_names = rows.synonyms(old.document_meta) == rows.synonyms(document.meta)
    begun = rows.opening(begins, document.language)
    same_opening = rows.opening(old.opening, old.language) == begun
    return same_row and same_names and same_opening and old.language == document.language


def _insert(connection: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    if values:
        connection.execute(insert(table), values)


def _update(connection: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    """Update rows of ``table`` by their ``id``."""
    if not values:
        return
    changed: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in values[0] if name != "id"
    }
    statement = update(table).where(table.c.id == bindparam("new_id")).values(changed)
    connection.execute(statement, [{f"new_{k}": v for k, v in row.items()} for row in values])
