"""The two ways of looking through vectors: all of them, or those of the nearest cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from domainkit.retrieval.vector_files import Codes, Placed, Positions, VectorFiles, unreadable

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

Found = tuple[Positions, "Vectors"]

# Measured on a million vectors (docs/decisions/vector-index.md).
_CELLS_A_ROOT = 4  # cells per square root of the vectors they are made for
_PROBED = 96  # cells looked at, of those nearest to a question
_SAMPLE = 32  # vectors a cell that training looks at
_ROUNDS = 5  # of k-means
_AGAIN = 2  # times as many candidates as wanted are compared again, exactly
_NARROW = 0.1  # a filter that keeps a smaller share is searched in every cell
_SEED = 1234


class Flat:
    """Every vector, compared exactly."""

    def __init__(self, faiss: Any, files: VectorFiles) -> None:
        self._faiss = faiss
        self._files = files
        # As the files have them: nothing is lost, and half the bytes are gone through.
        held = faiss.IndexScalarQuantizer(
            files.state.dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._index: Any = faiss.IndexIDMap2(held)

    def fill(self, keys: NDArray[np.int64]) -> None:
        """Hold every row of the files whose key is not erased."""
        for positions, vectors in self._files.blocks():
            kept = keys[positions] != 0
            self._index.add_with_ids(vectors[kept], positions[kept])

    def placed(self, vectors: Vectors) -> None:
        """Return None: nothing is divided."""
        del vectors

    def add(self, positions: Positions, vectors: Vectors, placed: object) -> None:
        """Hold ``vectors`` under ``positions``."""
        del placed
        self._index.add_with_ids(vectors, positions)

    def remove(self, positions: Positions) -> None:
        """Let go of ``positions``."""
        self._index.remove_ids(positions)

    def search(self, query: Vectors, limit: int, allowed: Any, share: float) -> Found:
        """Return positions and scores of the ``limit`` best that are ``allowed``, best first."""
        del share
        options = {} if allowed is None else {"params": self._faiss.SearchParameters(sel=allowed)}
        return _met(*self._index.search(query, limit, **options))


class Cells:
    """Vectors of 8 bits a number in cells by nearness; the best are compared again, exactly."""

    def __init__(self, faiss: Any, index: Any, files: VectorFiles) -> None:
        self._faiss = faiss
        self._index = index
        self._files = files

    @staticmethod
    def train(faiss: Any, files: VectorFiles, keys: NDArray[np.int64]) -> Cells:
        """Return an index without rows, for those of ``keys`` that are not erased."""
        kept: Positions = np.flatnonzero(keys)
        dim, count = files.state.dim, int(_CELLS_A_ROOT * len(kept) ** 0.5)
        rng = np.random.default_rng(_SEED)
        sample = rng.choice(kept, size=min(len(kept), count * _SAMPLE), replace=False)
        chosen = files.vectors(np.sort(sample))
        quantiser = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFScalarQuantizer(
            quantiser,
            dim,
            count,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
            False,  # numbers as they are, not their distance from the cell's middle
        )
        index.cp.spherical = True
        index.cp.niter = _ROUNDS
        index.cp.min_points_per_centroid = 1  # or FAISS warns of small samples
        index.cp.seed = _SEED
        index.train(chosen)
        return Cells(faiss, index, files)

    @classmethod
    def load(cls, faiss: Any, files: VectorFiles, keys: NDArray[np.int64]) -> Self:
        """Return the index, its cells still to be filled.

        Raises:
            StaleIndex: when its files are damaged.
        """
        try:
            index = faiss.deserialize_index(files.quantiser())
        except RuntimeError as error:
            raise unreadable(files.folder, error) from error
        cells = _kept(files, keys)
        if index.d != files.state.dim or cells.max(initial=-1) >= index.nlist:
            raise unreadable(files.folder, "cells and vectors do not belong together")
        return cls(faiss, index, files)

    def written(self) -> Codes:
        """Return the index without rows as FAISS writes it."""
        codes: Codes = self._faiss.serialize_index(self._index)
        return codes

    def placed(self, vectors: Vectors) -> Placed:
        """Return the cell and the 8-bit form of each of ``vectors``."""
        nearest = self._index.quantizer.search(vectors, 1)[1]
        return nearest[:, 0], self._index.sq.compute_codes(vectors)

    def add(self, positions: Positions, vectors: Vectors, placed: Placed | None) -> None:
        """Hold ``vectors`` under ``positions``, where they were ``placed``."""
        cells, codes = placed or self.placed(vectors)
        lists, pointer = self._index.invlists, self._faiss.swig_ptr
        for cell, rows in _by_cell(cells):
            ids, own = positions[rows], codes[rows]
            lists.add_entries(cell, len(rows), pointer(ids), pointer(own))
        self._index.ntotal += len(positions)

    def remove(self, positions: Positions) -> None:
        """Let go of ``positions``."""
        self._index.remove_ids(positions)

    def search(self, query: Vectors, limit: int, allowed: Any, share: float) -> Found:
        """Return positions and scores of the ``limit`` best that are ``allowed``, best first.

        ``share`` is how much a filter keeps: the less, the more cells are looked at.
        """
        every = int(self._index.nlist)
        probed = every if share < _NARROW else min(every, int(_PROBED / share))
        positions = self._near(query, limit, allowed, probed)
        if len(positions) < limit and probed < every:
            positions = self._near(query, limit, allowed, every)
        # Not `@`, which a BLAS divides among threads that wait for one another.
        scores = np.einsum("ij,j->i", self._files.vectors(positions), query[0])
        order = np.argsort(-scores, kind="stable")[:limit]
        return positions[order], scores[order]

    def _near(self, query: Vectors, limit: int, allowed: Any, probed: int) -> Positions:
        parameters = self._faiss.SearchParametersIVF(sel=allowed, nprobe=probed)
        scores, positions = self._index.search(query, limit * _AGAIN, params=parameters)
        return np.sort(_met(scores, positions)[0])

    def fill(self, keys: NDArray[np.int64]) -> None:
        """Hold every row whose key is not erased, in lists of just the size they need."""
        cells = _kept(self._files, keys)
        lists, pointer = self._index.invlists, self._faiss.swig_ptr
        sizes = np.bincount(cells[cells >= 0], minlength=self._index.nlist)
        for cell, size in enumerate(sizes.tolist()):
            lists.resize(cell, size)
        filled = [0] * len(sizes)
        for positions, codes in self._files.codes():
            for cell, rows in _by_cell(cells[positions]):
                ids, own = positions[rows], codes[rows]
                lists.update_entries(cell, filled[cell], len(rows), pointer(ids), pointer(own))
                filled[cell] += len(rows)
        self._index.ntotal = int(sizes.sum())


@contextmanager
def one_thread(faiss: Any) -> Iterator[None]:
    """Have FAISS search in this thread alone; the setting is each thread's own.

    One question is not worth dividing: on 2 busy cores, two threads that wait for each other took
    20 ms where one takes 0.5 ms (5,183 vectors).
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _kept(files: VectorFiles, keys: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the cell of each row, -1 where its key is erased."""
    cells = files.cells()
    cells[keys == 0] = -1
    return cells


def _by_cell(cells: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each cell with its rows; a row without one, below 0, is left out."""
    order = np.argsort(cells, kind="stable")
    found, starts = np.unique(cells[order], return_index=True)
    for cell, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        if cell >= 0:
            yield cell, rows


def _met(scores: Vectors, positions: Positions) -> Found:
    """Return the one row of a result without the places FAISS left empty."""
    kept = positions[0] >= 0
    return positions[0][kept], scores[0][kept]
