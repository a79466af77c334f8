"""What a filter needs to know of each passage, in columns, for indexes that hold vectors only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from domainkit.types import Entry, Filter

ALWAYS_FROM = 0  # the day before the first date there is
ALWAYS_TO = date.max.toordinal() + 1

# One row of a vector index. Jurisdiction and group are places in its list of names; a row whose
# key is 0 is erased (the store's keys begin at 1).
ROW = np.dtype(
    [
        ("key", "<i8"),
        ("first", "<i4"),
        ("last", "<i4"),
        ("jurisdiction", "<i4"),
        ("group", "<i4"),
    ]
)
Rows = NDArray[np.void]
Mask = NDArray[np.bool_]


def days(entry: Entry) -> tuple[int, int]:
    """Return the first day ``entry`` is in force and the first it is not, as day numbers."""
    validity = entry.passage.validity
    first = validity.effective_from.toordinal() if validity.effective_from else ALWAYS_FROM
    last = validity.effective_to.toordinal() if validity.effective_to else ALWAYS_TO
    return first, last


def passes(entry: Entry, filter: Filter) -> bool:
    """Return whether ``entry`` may be found."""
    rows, names = described([entry], ())
    return bool(passing(rows, names, filter)[0])


def described(entries: Sequence[Entry], names: tuple[str, ...]) -> tuple[Rows, tuple[str, ...]]:
    """Return a row for each of ``entries``, and ``names`` with those they bring."""
    places = {name: place for place, name in enumerate(names)}

    def place(name: str) -> int:
        return places.setdefault(name, len(places))

    rows = [
        (entry.key, *days(entry), place(entry.jurisdiction or ""), place(entry.group))
        for entry in entries
    ]
    return np.array(rows, dtype=ROW), tuple(places)


def passing(rows: Rows, names: tuple[str, ...], filter: Filter) -> Mask:
    """Return which of ``rows`` pass ``filter``; none that is erased does."""
    mask: Mask = rows["key"] != 0
    if filter.as_of:
        day = filter.as_of.toordinal()
        mask &= (rows["first"] <= day) & (day < rows["last"])
    if filter.jurisdiction:
        mask &= np.isin(rows["jurisdiction"], _places(names, (filter.jurisdiction, "")))
    if filter.groups:
        mask &= np.isin(rows["group"], _places(names, filter.groups))
    return mask


def _places(names: tuple[str, ...], wanted: Sequence[str]) -> list[int]:
    return [place for place, name in enumerate(names) if name in wanted]
