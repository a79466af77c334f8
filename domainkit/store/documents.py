"""The store itself: documents and passages, one writer, many readers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from domainkit.errors import IndexNotFound, StoreError
from domainkit.store import engine, generations, identity, migrations, queries, rows
from domainkit.store.records import Changes, Counts, DocumentSummary, FileRecord
from domainkit.store.tables import documents, files, passages, roots
from domainkit.store.writing import (
    Divided,
    FileWriter,
    remove_documents,
    remove_file,
    write_file,
)
from domainkit.types import Document, Entry, Passage

# Passages read at once by `entries`: no read transaction stays open while an index works.
PAGE = 1000


class Store:
    """Holds what was ingested. Every change is one transaction and one more generation.

    Safe to read from many threads and processes while one process writes.
    """

    def __init__(self, path: Path, connections: Engine) -> None:
        self._path = path
        self._engine = connections

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Return the store in the file ``path``, its tables brought up to date.

        Args:
            path: the SQLite file.
            create: make an empty store, and its folder, where there is none.

        Raises:
            IndexNotFound: when there is no store and ``create`` is false.
            StoreError: when the file is no store, or one of a newer domainkit.
        """
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise IndexNotFound(
                f"{path} does not exist: nothing ingested yet", hint="domainkit ingest documents"
            )
        store = cls(path, engine.connect(path))
        store._migrate()
        return store

    @property
    def generation(self) -> int:
        """How many changes of documents have been committed; 0 when empty."""
        with self.reading() as connection:
            return generations.current(connection)

    # -- writing ------------------------------------------------------------------------------

    def replace(self, file: FileRecord, documents: Iterable[Divided]) -> FileRecord:
        """Put ``documents`` in place of what ``file`` held; return the file with its counts.

        One transaction: an error raised while ``documents`` is consumed leaves all as it was.
        A passage that reads as before keeps its key.

        Raises:
            StoreError: when a passage is not what its document says at its span.
        """
        with self.writing() as connection:
            file_id, file = write_file(connection, file)
            writer = FileWriter(
                connection,
                file_id=file_id,
                path=file.path,
                group=file.group,
                generation=generations.current(connection) + 1,
            )
            writer.write(documents)
            if writer.documents or writer.removed:
                generations.advance(connection)
            file = dataclasses.replace(
                file,
                profile=writer.profile,
                documents=writer.documents,
                passages=writer.passages,
                pages=writer.pages,
            )
            connection.execute(
                update(files).where(files.c.id == file_id).values(rows.file_row(file))
            )
        return file

    def rename(self, old: str, new: str) -> None:
        """Give the file ``old`` the path ``new``; documents keep their ids, passages their keys.

        Whatever file stood at ``new`` is forgotten first.
        """
        with self.writing() as connection:
            generation = generations.advance(connection)
            remove_file(connection, new, generation)
            connection.execute(update(files).where(files.c.path == old).values(path=new))

    def remove_file(self, path: str) -> int:
        """Forget the file ``path`` with its documents; return how many passages that removed."""
        with self.writing() as connection:
            known = connection.execute(select(files.c.id).where(files.c.path == path)).first()
            if known is None:
                return 0
            removed = remove_file(connection, path, generations.advance(connection))
        engine.checkpoint(self._engine)
        return removed

    def remove_document(self, document_id: str) -> int:
        """Forget a document, and its file if it held no other; return the passages removed.

        Raises:
            StoreError: when there is no such document.
        """
        with self.writing() as connection:
            query = select(documents.c.file_id).where(documents.c.id == document_id)
            file_id = connection.execute(query).scalar_one_or_none()
            if file_id is None:
                raise _unknown(document_id)
            generation = generations.advance(connection)
            removed = remove_documents(connection, [document_id], generation)
            siblings = select(func.count()).where(documents.c.file_id == file_id)
            left = connection.execute(siblings).scalar_one()
            change = {"documents": left, "passages": files.c.passages - removed}
            connection.execute(update(files).where(files.c.id == file_id).values(change))
            if not left:
                connection.execute(delete(files).where(files.c.id == file_id))
        engine.checkpoint(self._engine)
        return removed

    def root(self, path: Path, *, taken: Collection[str] = ()) -> str:
        """Return the name that begins the paths of files below the folder ``path``.

        Known folders keep their name; a new one gets its own, numbered if that is ``taken``.
        """
        with self.writing() as connection:
            known: dict[str, str] = {r.path: r.name for r in connection.execute(select(roots))}
            if str(path) not in known:
                name, number = path.name or "root", 1
                while name in known.values() or name in taken:
                    number += 1
                    name = f"{path.name}-{number}"
                connection.execute(insert(roots).values(name=name, path=str(path)))
                known[str(path)] = name
        return known[str(path)]

    def roots(self) -> dict[str, Path]:
        """Return the ingested folders outside the assistant, by the name of their files."""
        with self.reading() as connection:
            found = connection.execute(select(roots).order_by(roots.c.name))
            return {row.name: Path(row.path) for row in found}

    def identity(self, path: str, sha256: str) -> str:
        """Return the identity of the file ``path``: the one it has, else a new one."""
        with self.reading() as connection:
            known = select(files.c.identity).where(files.c.path == path)
            held: str | None = connection.execute(known).scalar_one_or_none()
            if held is not None:
                return held
            number = 0
            while True:
                name = identity.digest("file", path, sha256, str(number))
                taken = select(files.c.id).where(files.c.identity == name)
                if connection.execute(taken).first() is None:
                    return name
                number += 1

    def settle(self) -> None:
        """Bring every committed change to the disk. Indexes may be built on what is there."""
        engine.checkpoint(self._engine)

    def clean(self) -> None:
        """Write the file anew, so that it holds what the tables hold and not a byte more."""
        engine.vacuum(self._engine, self._path)

    # -- reading ------------------------------------------------------------------------------

    def files(self) -> list[FileRecord]:
        """Return every file that was ever read and not forgotten, by path."""
        with self.reading() as connection:
            found = connection.execute(select(files).order_by(files.c.path))
            return [rows.file_record(row) for row in found]

    def document(self, document_id: str) -> Document:
        """Return a document.

        Raises:
            StoreError: when there is no such document.
        """
        with self.reading() as connection:
            query = queries.DOCUMENTS.where(documents.c.id == document_id)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise _unknown(document_id)
        return rows.document(row)

    def documents(self) -> list[DocumentSummary]:
        """Return every document without its text, by source."""
        with self.reading() as connection:
            return [rows.summary(row) for row in connection.execute(queries.SUMMARIES)]

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """Return the passages of ``keys``; keys that are gone are left out."""
        found = self.fetched(queries.PASSAGES, json.dumps(keys))
        return {row.key: rows.passage(row) for row in map(rows.fetched, found)}

    def titles(self, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Return title and document of the passages of ``keys``; those gone are left out."""
        found = self.fetched(queries.TITLES, json.dumps(list(keys)))
        return {key: (title, document) for key, title, document in found}

    def placed(self, keys: Sequence[int]) -> Iterator[Entry]:
        """Yield the passages of ``keys`` with what a filter looks at, and nothing else."""
        for row in map(rows.fetched, self.fetched(queries.PASSAGES, json.dumps(list(keys)))):
            yield Entry(row.key, rows.passage(row), jurisdiction=row.jurisdiction, group=row.group)

    def changes(self, since: int) -> Changes:
        """Return which keys went, and how many passages came, after generation ``since``."""
        with self.reading() as connection:
            return generations.since(connection, since)

    def entries_of(self, keys: Sequence[int]) -> Iterator[Entry]:
        """Yield the passages of ``keys`` as indexes see them; keys that are gone are left out."""
        for first in range(0, len(keys), generations.BATCH):
            batch = passages.c.key.in_(keys[first : first + generations.BATCH])
            with self.reading() as connection:
                found = [
                    rows.entry(row) for row in connection.execute(queries.ENTRIES.where(batch))
                ]
            yield from found

    def entries(self, since: int = 0) -> Iterator[Entry]:
        """Yield the passages first stored after generation ``since``, by key."""
        last = 0
        while True:
            query = queries.ENTRIES.where(
                passages.c.key > last, passages.c.generation > since
            ).limit(PAGE)
            with self.reading() as connection:
                batch = [rows.entry(row) for row in connection.execute(query)]
            yield from batch
            if len(batch) < PAGE:
                return
            last = batch[-1].key

    def counts(self) -> Counts:
        """Return how many files, documents and passages there are."""
        with self.reading() as connection:
            sizes = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (files, documents, passages)
            )
            return Counts(*sizes)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # -- transactions ---------------------------------------------------------------------------

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one generation, whatever is written meanwhile."""
        return engine.reading(self._engine, self._path)

    def fetched(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement of ``queries``, as the driver gives them."""
        return engine.fetched(self._engine, self._path, statement, *values)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give the one writing connection; commit at the end, or roll back on any error."""
        return engine.writing(self._engine, self._path)

    def _migrate(self) -> None:
        with self.reading() as connection:
            newest = migrations.version(connection) == migrations.VERSION
        if not newest:
            with self.writing() as connection:
                migrations.migrate(connection, self._path)


def _unknown(document_id: str) -> StoreError:
    return StoreError(
        f"there is no document '{document_id}' in the store", hint="domainkit ingest documents"
    )
