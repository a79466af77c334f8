"""Inner products in FAISS, by store key: all compared while few, the nearest cells once many.

``docs/decisions/vector-index.md`` holds the measurements behind the numbers here.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from domainkit import extras
from domainkit.retrieval import scope
from domainkit.retrieval.faiss_cells import Cells, Flat, one_thread
from domainkit.retrieval.ranking import best
from domainkit.retrieval.scope import Rows
from domainkit.retrieval.vector_files import Positions, VectorFiles
from domainkit.types import Entry, Filter, Hit

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

# So many vectors are compared one by one in under 2 ms; more are divided into cells.
FLAT = 10_000
# Cells are made anew when there are so many times the vectors they were made for.
GROWTH = 8
# Erased rows are dropped from the files once they are this share of them.
WASTE = 0.25
_EVERYTHING = Filter()
_FILTERS = 8  # whose passing rows are remembered until the next change


class FaissIndex:
    """A vector index in a folder; a change writes what changed (``VectorFiles``).

    Args:
        folder: where the files are kept; made on the first change.
        dim: the length of a vector.
        held: hold at once what a search looks through; else from the first search on. To add and
            to remove, nothing of it is needed.

    Raises:
        MissingExtra: when FAISS is not installed.
        StaleIndex: when the files are damaged or hold vectors of another length.
    """

    def __init__(self, folder: Path, dim: int, *, held: bool = True) -> None:
        self._faiss: Any = extras.load("faiss", needed_for="searching by meaning")
        self._files = VectorFiles(folder, dim)
        self._rows: Rows
        self._found: Flat | Cells
        self._passing: dict[Filter, tuple[Any, int]] = {}
        self._holding = threading.Lock()
        self._load(held=held)

    @classmethod
    def for_writing(cls, folder: Path, dim: int) -> Self:
        """Return the index in ``folder`` without what only a search needs in memory."""
        return cls(folder, dim, held=False)

    def __len__(self) -> int:
        """Return the number of vectors."""
        return int(np.count_nonzero(self._rows["key"]))

    def keys(self) -> list[int]:
        """Return every key it holds, sorted."""
        keys = self._rows["key"]
        return sorted(keys[keys != 0].tolist())

    def vectors(self, keys: Sequence[int]) -> Vectors:
        """Return the vectors of ``keys``, each of which it holds, in their order."""
        places = {key: place for place, key in enumerate(self._rows["key"].tolist())}
        return self._files.vectors(np.array([places[key] for key in keys], dtype=np.int64))

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Index ``vectors`` ([len(entries), dim]); a key already present is replaced."""
        if not entries:
            return
        self.remove([entry.key for entry in entries])
        rows, names = scope.described(entries, self._files.state.names)
        # What is held is what a later opening reads.
        vectors = np.asarray(vectors, dtype=np.float16).astype(np.float32)
        placed = self._found.placed(vectors)
        positions = self._files.append(rows, vectors, names, placed)
        self._rows = np.concatenate((self._rows, rows))
        if self._held:
            self._found.add(positions, vectors, placed)
        self._passing.clear()
        self._divide()

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys`` and overwrite their vectors; unknown keys are ignored."""
        held = np.isin(self._rows["key"], np.asarray(keys, dtype=np.int64))
        positions = np.flatnonzero(held & (self._rows["key"] != 0))
        if not len(positions):
            return
        self._files.erase(positions)
        if self._held:
            self._found.remove(positions)
        self._rows[positions] = np.zeros(1, dtype=scope.ROW)
        self._passing.clear()
        self._compact()

    def search(self, vector: Vectors, k: int, filter: Filter) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter`` by inner product; ties by key.

        Which passages are near may be an approximation; their scores are not. A search that
        meets fewer than are asked for looks at every passage that passes.
        """
        allowed, count = self._allowed(filter)
        if k < 1 or not count:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        share = count / self._allowed(_EVERYTHING)[1]  # counted once: a million rows take 3 ms
        self._hold()

        def fetch(limit: int) -> list[Hit]:
            wanted = min(limit, count)
            positions, scores = self._found.search(query, wanted, allowed, share)
            keys = self._rows["key"][positions]
            return list(map(Hit, keys.tolist(), scores.tolist()))

        with one_thread(self._faiss):
            return best(fetch, k)

    def _load(self, *, held: bool) -> None:
        """Take up what the files hold, as cells or without."""
        self._rows = self._files.rows()
        self._passing.clear()
        if self._files.state.cells:
            self._found = Cells.load(self._faiss, self._files, self._rows["key"])
        else:
            self._found = Flat(self._faiss, self._files)
        self._held = False
        if held:
            self._hold()

    def _hold(self) -> None:
        """Hold in memory what a search looks through, unless it is held already."""
        with self._holding:
            if not self._held:
                self._found.fill(self._rows["key"])
                self._held = True

    def _allowed(self, filter: Filter) -> tuple[Any, int]:
        """Return what selects the rows that pass (None: all), and how many they are."""
        known = self._passing.get(filter)
        if known is None:
            mask = scope.passing(self._rows, self._files.state.names, filter)
            count = int(np.count_nonzero(mask))
            bits = None
            if count < len(self):
                bits = self._faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            if len(self._passing) >= _FILTERS:
                self._passing.clear()
            known = self._passing[filter] = bits, count
        return known

    def _divide(self) -> None:
        """Make cells once there are many vectors, and anew once there are many more."""
        state = self._files.state
        if len(self) > max(FLAT, state.trained * GROWTH):
            held, self._held = self._held, False
            self._found = Flat(self._faiss, self._files)  # the cells there were go before new ones
            trained = Cells.train(self._faiss, self._files, self._rows["key"])
            placed = (trained.placed(vectors) for _, vectors in self._files.blocks())
            self._files.divide(trained.written(), placed, trained=len(self))
            self._load(held=held)

    def _compact(self) -> None:
        """Drop erased rows from the files once they are many."""
        kept: Positions = np.flatnonzero(self._rows["key"])
        if len(kept) < len(self._rows) * (1 - WASTE):
            self._files.compact(kept, self._rows)
            self._load(held=self._held)
