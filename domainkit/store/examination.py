"""Looks for damage in a store, and saves what names its files had from one that is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from domainkit.store import generations
from domainkit.store.documents import Store
from domainkit.store.tables import documents, files, passages, roots
from domainkit.store.writing import remove_documents

READ_AGAIN = "domainkit ingest reads them again"
_BATCH = 200  # documents compared with their passages at once


def damage(path: Path) -> str:
    """Return what SQLite says is wrong with the file ``path``; empty when nothing is."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(3)
            said += [f"a row of {row[0]} belongs to nothing" for row in broken]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == ["ok"] else "; ".join(said)


def reindex(path: Path) -> bool:
    """Make the tables' own indexes anew; return whether that mended the file."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as connection:
        connection.execute("REINDEX")
    return not damage(path)


def set_aside(path: Path) -> Path:
    """Move a damaged store away and make an empty one that knows its files by name.

    The files keep their identity, and with it their documents and passages keep their ids, once
    an ingest has read them again. Returns where the damaged one is.
    """
    known = {name: _readable(path, name) for name in ("roots", "files")}
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    with closing(Store.open(path, create=True)) as store, store.writing() as connection:
        for root in known["roots"]:
            values = {"name": root["name"], "path": root["path"]}
            connection.execute(insert(roots).values(values))
        for file in known["files"]:
            connection.execute(insert(files).values(_unread(file)))
    return aside


def altered(store: Store) -> list[str]:
    """Return the paths of files whose passages are not what their documents say, or are not as
    many as were written.
    """
    wrong = {path for path, holds in _documents(store) if not holds}
    held = (
        select(documents.c.file_id, func.count(passages.c.key).label("number"))
        .select_from(documents)
        .join(passages)
        .group_by(documents.c.file_id)
        .subquery()
    )
    with store.reading() as connection:
        counted = select(files.c.path).outerjoin(held, held.c.file_id == files.c.id)
        differ = func.coalesce(held.c.number, 0) != files.c.passages
        wrong.update(connection.execute(counted.where(differ)).scalars())
    return sorted(wrong)


def unread(store: Store, paths: list[str]) -> None:
    """Drop what was read of the files ``paths``, so that the next ingest reads them again."""
    with store.writing() as connection:
        generation = generations.advance(connection)
        for path in paths:
            query = select(documents.c.id).join(files).where(files.c.path == path)
            remove_documents(connection, list(connection.execute(query).scalars()), generation)
            change = {"sha256": "", "recipe": "", "documents": 0, "passages": 0, "pages": 0}
            connection.execute(update(files).where(files.c.path == path).values(change))
    store.settle()


def _documents(store: Store) -> Iterator[tuple[str, bool]]:
    """Yield for each document its file, and whether its passages are what it says."""
    last = ""
    while True:
        with store.reading() as connection:
            query = select(documents.c.id, documents.c.text, files.c.path).join(files)
            page = query.where(documents.c.id > last).order_by(documents.c.id).limit(_BATCH)
            batch = {row.id: row for row in connection.execute(page)}
            if not batch:
                return
            parts = select(passages).where(passages.c.document_id.in_(batch))
            wrong = {
                part.document_id
                for part in connection.execute(parts)
                if batch[part.document_id].text[part.start : part.stop] != part.text
            }
        yield from ((row.path, row.id not in wrong) for row in batch.values())
        last = max(batch)


def _readable(path: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of ``table`` up to the first that is damaged."""
    found: list[dict[str, Any]] = []
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 (a name of ours)
            found.append(dict(row))
    return found


def _unread(file: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a file that is known by name and identity alone."""
    empty = dict.fromkeys(("size", "documents", "passages", "pages"), 0)
    blank = dict.fromkeys(("sha256", "hint", "profile", "recipe", "linked_to", "parent"), "")
    reason = "what was read of it was lost with a damaged store"
    kept = {name: file[name] for name in ("path", "identity", "group")}
    return {**empty, **blank, **kept, "outcome": "refused", "reason": reason}
