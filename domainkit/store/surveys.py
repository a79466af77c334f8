"""What a report says of the files in the store: how long passages are, what readers noted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, or_, select

from domainkit.store.documents import Store
from domainkit.store.tables import documents, files, passages

# Passages are counted by length in steps of so many characters.
STEP = 100
# Notes that readers leave in the ``meta`` of documents, and a report repeats.
NOTES = ("recognised", "scrambled", "pages_by_ocr", "pages_without_text", "illegible_lines")


@dataclass(frozen=True, slots=True)
class FileSurvey:
    """One file: how many passages have which length, and the notes of its documents.

    ``lengths`` counts passages by their length, rounded down to a hundred characters.
    """

    path: str
    profile: str
    lengths: Mapping[int, int]
    notes: tuple[Mapping[str, str], ...] = field(default=())


def survey(store: Store) -> tuple[FileSurvey, ...]:
    """Return a survey of every file that holds documents, by path."""
    lengths: dict[str, Counter[int]] = defaultdict(Counter)
    notes: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    with store.reading() as connection:
        for path, step, count in connection.execute(_LENGTHS):
            lengths[path][step * STEP] = count
        for path, *values in connection.execute(_NOTED):
            named = zip(NOTES, values, strict=True)
            notes[path].append({name: value for name, value in named if value})
        return tuple(_surveys(connection, lengths, notes))


def _surveys(
    connection: Connection,
    lengths: Mapping[str, Mapping[int, int]],
    notes: Mapping[str, list[Mapping[str, str]]],
) -> Iterator[FileSurvey]:
    read = select(files.c.path, files.c.profile).where(files.c.documents > 0)
    for path, profile in connection.execute(read.order_by(files.c.path)):
        yield FileSurvey(path, profile, lengths.get(path, {}), tuple(notes.get(path, ())))


_STEPS = (passages.c.stop - passages.c.start) // STEP
_LENGTHS = (
    select(files.c.path, _STEPS.label("step"), func.count())
    .select_from(passages.join(documents).join(files))
    .group_by(files.c.path, _STEPS)
)
_NOTE = [func.json_extract(documents.c.meta, f"$.{name}") for name in NOTES]
_NOTED = (
    select(files.c.path, *_NOTE)
    .select_from(documents.join(files))
    .where(or_(*(note.is_not(None) for note in _NOTE)))
)
