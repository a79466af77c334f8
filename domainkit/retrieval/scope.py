"""What a filter needs to know of each passage, in columns, for indexes that hold vectors only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from domainkit.types import Entry, Filter

ALWAYS_FROM = 0  # the day before the first date there is
ALWAYS_TO = date.max.toordinal() + 1

Columns = Mapping[str, NDArray[Any]]


def days(entry: Entry) -> tuple[int, int]:
    """Return the first day ``entry`` is in force and the first it is not, as day numbers."""
    validity = entry.passage.validity
    first = validity.effective_from.toordinal() if validity.effective_from else ALWAYS_FROM
    last = validity.effective_to.toordinal() if validity.effective_to else ALWAYS_TO
    return first, last


@dataclass(frozen=True, slots=True)
class Scope:
    """Keys with validity, jurisdiction and group; row i of every column speaks of ``keys[i]``."""

    keys: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    jurisdiction: NDArray[np.str_]
    group: NDArray[np.str_]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Self:
        """Return the scope of ``entries``, in their order."""
        spans = [days(entry) for entry in entries]
        return cls(
            keys=np.array([entry.key for entry in entries], dtype=np.int64),
            first=np.array([first for first, _ in spans], dtype=np.int32),
            last=np.array([last for _, last in spans], dtype=np.int32),
            jurisdiction=np.array([entry.jurisdiction or "" for entry in entries], dtype=np.str_),
            group=np.array([entry.group for entry in entries], dtype=np.str_),
        )

    @classmethod
    def from_columns(cls, columns: Columns) -> Self:
        """Return the scope that ``columns`` was made of.

        Raises:
            KeyError: when a column is missing.
        """
        return cls(**{name: columns[name] for name in cls.__slots__})

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, as they are stored."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __len__(self) -> int:
        return len(self.keys)

    def joined(self, other: Scope) -> Scope:
        """Return the rows of both, these first."""
        mine, theirs = self.columns(), other.columns()
        return Scope(**{name: np.concatenate((mine[name], theirs[name])) for name in mine})

    def without(self, keys: Sequence[int]) -> Scope:
        """Return the rows whose key is not one of ``keys``."""
        kept = ~np.isin(self.keys, np.asarray(keys, dtype=np.int64))
        return Scope(**{name: column[kept] for name, column in self.columns().items()})

    def passing(self, filter: Filter) -> NDArray[np.int64] | None:
        """Return the keys that pass ``filter``; None when all do."""
        passing = np.ones(len(self), dtype=np.bool_)
        if filter.as_of:
            day = filter.as_of.toordinal()
            passing &= (self.first <= day) & (day < self.last)
        if filter.jurisdiction:
            passing &= (self.jurisdiction == filter.jurisdiction) | (self.jurisdiction == "")
        if filter.groups:
            passing &= np.isin(self.group, np.array(filter.groups, dtype=np.str_))
        return None if passing.all() else self.keys[passing]
