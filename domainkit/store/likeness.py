"""Links documents that say nearly the same. All stay in the store; a search shows one of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, insert, select

from domainkit.store import generations, sketches
from domainkit.store.documents import Store
from domainkit.store.queries import LINKED, source_of
from domainkit.store.tables import bands as bands_table
from domainkit.store.tables import documents, likenesses
from domainkit.store.tables import sketches as sketches_table

# Documents linked in one transaction: what a run that is killed has to do again.
BATCH = 200
# A document is compared with so many at most: thousands of copies would make millions of pairs.
MOST = 50


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
    last = ""
    while True:
        with store.writing() as connection:
            batch = connection.execute(_UNSKETCHED.where(documents.c.id > last)).all()
            found += _link(connection, {row.id: row.text for row in batch})
        if len(batch) < BATCH:
            return found
        last = batch[-1].id


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
    listed = json.dumps(list(ids))
    for one, other in store.fetched(LINKED, listed, listed):
        linked[one].add(other)
    return linked


_UNSKETCHED = (
    select(documents.c.id, documents.c.text)
    .outerjoin(sketches_table, sketches_table.c.document_id == documents.c.id)
    .where(sketches_table.c.document_id.is_(None))
    .order_by(documents.c.id)
    .limit(BATCH)
)


def _link(connection: Connection, texts: Mapping[str, str]) -> list[Link]:
    """Sketch documents and link each to those that are alike."""
    if not texts:
        return []
    made = {name: sketches.sketch(text) for name, text in texts.items()}
    rows = [
        {"document_id": name, "least": b"" if least is None else least.tobytes()}
        for name, least in made.items()
    ]
    connection.execute(insert(sketches_table), rows)
    numbers = {n: sketches.bands(least) for n, least in made.items() if least is not None}
    values = [{"band": b, "document_id": n} for n, found in numbers.items() for b in found]
    if values:
        connection.execute(insert(bands_table).prefix_with("OR IGNORE"), values)
    links: list[Link] = []
    for name, other in sorted(_sharing(connection, numbers)):
        said = _compared(connection, texts[name], made[name], other)
        if said is not None and said.likeness >= sketches.ALIKE:
            _insert(connection, name, other, said)
            sources = source_of(connection, [name, other])
            own = said.only_here, said.only_there
            links.append(Link(sources[name], sources[other], said.likeness, *own))
    return links


def _sharing(connection: Connection, numbers: Mapping[str, Sequence[int]]) -> set[tuple[str, str]]:
    """Return which of the documents ``numbers`` share a band with which others, each pair once."""
    wanted = sorted({number for found in numbers.values() for number in found})
    holders: dict[int, list[str]] = defaultdict(list)
    for first in range(0, len(wanted), generations.BATCH):
        batch = bands_table.c.band.in_(wanted[first : first + generations.BATCH])
        for band, name in connection.execute(select(bands_table).where(batch)):
            holders[band].append(name)
    pairs: set[tuple[str, str]] = set()
    for name, found in numbers.items():
        near = sorted({other for number in found for other in holders[number]} - {name})
        for other in near[:MOST]:
            if (other, name) not in pairs:
                pairs.add((name, other))
    return pairs


def _compared(
    connection: Connection, text: str, least: sketches.Hashes | None, other: str
) -> sketches.Comparison | None:
    """Return how alike a text is to the document ``other``; None if its sketch is not near."""
    query = select(sketches_table.c.least, documents.c.text).join(documents)
    row = connection.execute(query.where(sketches_table.c.document_id == other)).one_or_none()
    if row is None or not row.least or least is None:
        return None
    near = sketches.may_be_alike(least, np.frombuffer(row.least, dtype=np.uint64))
    return sketches.compare(text, row.text) if near else None


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
