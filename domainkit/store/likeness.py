"""Links documents that say nearly the same. All stay in the store; a search shows one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, select

from domainkit.store import sketches
from domainkit.store.documents import Store
from domainkit.store.queries import source_of
from domainkit.store.tables import bands as bands_table
from domainkit.store.tables import documents, files, likenesses
from domainkit.store.tables import sketches as sketches_table

# Documents linked in one transaction: what a run that is killed has to do again.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Link:
    """Two documents that say nearly the same, by their sources, and what sets them apart.

    ``only_here`` and ``only_there`` count letters of each that do not stand in the other.
    """

    source: str
    other: str
    likeness: float
    only_here: int
    only_there: int


def link(store: Store) -> list[Link]:
    """Compare every document that is new or changed with all others; return what was linked."""
    found: list[Link] = []
    while True:
        with store.writing() as connection:
            batch = connection.execute(_UNSKETCHED).all()
            found += [made for row in batch for made in _link(connection, row)]
        if len(batch) < BATCH:
            return found


def links(store: Store) -> list[Link]:
    """Return every pair of linked documents once, the most alike first."""
    with store.reading() as connection:
        rows = connection.execute(
            select(likenesses).where(likenesses.c.document_id < likenesses.c.other_id)
        ).all()
        names = sorted({n for row in rows for n in (row.document_id, row.other_id)})
        sources = source_of(connection, names)
    pairs = [
        Link(sources[r.document_id], sources[r.other_id], r.likeness, r.only_here, r.only_there)
        for r in rows
    ]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.source, pair.other))


def alike(store: Store, ids: Collection[str]) -> dict[str, set[str]]:
    """Return for each of the documents ``ids`` that is linked those of them it is linked to."""
    linked: dict[str, set[str]] = defaultdict(set)
    query = select(likenesses.c.document_id, likenesses.c.other_id).where(
        likenesses.c.document_id.in_(ids), likenesses.c.other_id.in_(ids)
    )
    with store.reading() as connection:
        for one, other in connection.execute(query):
            linked[one].add(other)
    return linked


_UNSKETCHED = (
    select(documents.c.id, documents.c.text, documents.c.record, files.c.path)
    .join(files)
    .outerjoin(sketches_table, sketches_table.c.document_id == documents.c.id)
    .where(sketches_table.c.document_id.is_(None))
    .order_by(documents.c.id)
    .limit(BATCH)
)


def _link(connection: Connection, row: Any) -> Iterator[Link]:
    """Sketch a document and link it to those that are alike."""
    made = sketches.sketch(row.text)
    least = b"" if made is None else made.tobytes()
    connection.execute(insert(sketches_table).values(document_id=row.id, least=least))
    if made is None:
        return
    numbers = sketches.bands(made)
    near = _near(connection, numbers, made)
    values = [{"band": band, "document_id": row.id} for band in numbers]
    connection.execute(insert(bands_table).prefix_with("OR IGNORE"), values)
    sources = source_of(connection, [row.id, *near])
    texts = select(documents.c.id, documents.c.text).where(documents.c.id.in_(near))
    for name, text in connection.execute(texts.order_by(documents.c.id)).all():
        said = sketches.compare(row.text, text)
        if said.likeness >= sketches.ALIKE:
            _insert(connection, row.id, name, said)
            yield Link(
                sources[row.id], sources[name], said.likeness, said.only_here, said.only_there
            )


def _near(connection: Connection, numbers: Sequence[int], made: sketches.Hashes) -> list[str]:
    """Return the documents whose sketches share a band with ``made`` and are near it."""
    query = (
        select(sketches_table)
        .distinct()
        .join(bands_table, bands_table.c.document_id == sketches_table.c.document_id)
        .where(bands_table.c.band.in_(numbers))
    )
    return [
        found.document_id
        for found in connection.execute(query)
        if found.least and sketches.may_be_alike(made, np.frombuffer(found.least, dtype=np.uint64))
    ]


def _insert(connection: Connection, one: str, other: str, said: sketches.Comparison) -> None:
    rows = [
        (one, other, said.only_here, said.only_there),
        (other, one, said.only_there, said.only_here),
    ]
    connection.execute(
        insert(likenesses),
        [
            {
                "document_id": here,
                "other_id": there,
                "likeness": said.likeness,
                "only_here": only_here,
                "only_there": only_there,
            }
            for here, there, only_here, only_there in rows
        ],
    )
