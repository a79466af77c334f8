"""What stands beside a passage in its section: an answer may begin in one and end in the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from sqlalchemy import select

from domainkit.store import rows
from domainkit.store.documents import Store
from domainkit.store.tables import passages
from domainkit.types import Passage, Retrieved


def grown(store: Store, retrieved: Sequence[Retrieved], reach: int) -> list[Retrieved]:
    """Return ``retrieved`` and behind it what stands beside each, in the order of what was found.

    Args:
        store: holds the passages.
        retrieved: what was found, best first.
        reach: passages taken on each side; they are of the same section and as long in force.

    Returns:
        Each passage once. What is added has the score of the passage it stands beside, as
        ``beside`` in ``via`` says. What the question itself cites stays as it is.
    """
    found = {item.passage.id for item in retrieved}
    growing = [item for item in retrieved if "cited" not in item.via] if reach else []
    more: list[Retrieved] = []
    for item in growing:
        for passage in beside(store, item.passage, reach):
            if passage.id not in found:
                found.add(passage.id)
                more.append(Retrieved(passage, item.score, 0, {"beside": item.score}))
    ranked = enumerate(more, start=len(retrieved) + 1)
    return [*retrieved, *(replace(item, rank=rank) for rank, item in ranked)]


def beside(store: Store, passage: Passage, reach: int) -> list[Passage]:
    """Return up to ``reach`` passages before and after ``passage`` in its section, in order."""
    here = passages.c.document_id == passage.document_id
    query = select(passages).where(here).limit(reach)
    start = passages.c.start
    with store.reading() as connection:
        before, after = (
            [rows.passage(row) for row in connection.execute(ordered)]
            for ordered in (
                query.where(start < passage.span.start).order_by(start.desc()),
                query.where(start > passage.span.start).order_by(start),
            )
        )

    def belongs(other: Passage) -> bool:
        return (other.section, other.validity) == (passage.section, passage.validity)

    return [*reversed(list(takewhile(belongs, before))), *takewhile(belongs, after)]
