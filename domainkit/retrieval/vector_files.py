"""Vectors on disk: rows that are appended, and overwritten with zeros where they are erased.

``state.json`` is replaced last by every change and says how many rows count; what a process that
died left behind them is written over. Files of fixed-width rows, without pickle:

- ``rows-N``: key, validity, jurisdiction and group of each row
- ``vectors-N``: its vector in half precision
- ``cells-M``, ``codes-M``, ``quantiser-M``: its cell and its 8-bit form, once there are cells
"""

from __future__ import annotations

import dataclasses
import json
import mmap
import os
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from domainkit.errors import StaleIndex
from domainkit.retrieval.files import replacing
from domainkit.retrieval.scope import ROW, Rows

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

STATE = "state.json"
_LAYOUT = 1  # of the files; those of another are built anew
# Rows read, or written anew, at once (docs/decisions/memory-of-ingest.md).
BLOCK = 8_192
_CODES = 8  # times as many of 8 bits: every block visits every cell

_VECTOR = np.dtype("<f2")  # half the disk; it moves a cosine by less than 0.0001
_CELL = np.dtype("<i4")

Positions = NDArray[np.int64]
Codes = NDArray[np.uint8]
Placed = tuple[NDArray[Any], Codes]  # the cells of some rows, and their 8-bit vectors


@dataclass(frozen=True, slots=True)
class State:
    """What counts: ``rows`` of the files numbered ``files``, and of the cells numbered ``cells``.

    ``cells`` is 0 while there are none. ``trained`` is how many rows they were made for. ``names``
    holds jurisdictions and groups; the empty name comes first.
    """

    dim: int
    rows: int = 0
    files: int = 1
    cells: int = 0
    trained: int = 0
    names: tuple[str, ...] = ("",)
    layout: int = _LAYOUT

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the state of ``folder``; None where there is none.

        Raises:
            StaleIndex: when it is damaged, or of another version.
        """
        path = folder / STATE
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            state = cls(**{**held, "names": tuple(held["names"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise unreadable(path, error) from error
        if state.layout != _LAYOUT:
            raise unreadable(path, f"layout {state.layout}")
        return state

    def write(self, folder: Path) -> None:
        """Put this state in ``folder``: from now on it counts."""
        with replacing(folder / STATE) as file:
            file.write(json.dumps(dataclasses.asdict(self), ensure_ascii=False).encode())


class VectorFiles:
    """The files of one folder. Many processes read, one writes.

    Args:
        folder: where they are; made by the first change.
        dim: the length of a vector.

    Raises:
        StaleIndex: when they are damaged, or hold vectors of another length.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self.state = State.read(folder) or State(dim)
        if self.state.dim != dim:
            raise StaleIndex(
                f"{folder} holds vectors of {self.state.dim} numbers, the embedder makes {dim}",
                hint="rebuild it: domainkit ingest --rebuild",
            )
        self._open: _Mapped | None = None
        if self.state.rows:
            self._check()
            # Opened now: a writer may have written them anew by the first search.
            self._open = _Mapped(self._path("vectors"), dim)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def rows(self) -> Rows:
        """Return what filters look at, a row each."""
        if not self.state.rows:
            return np.zeros(0, dtype=ROW)
        return np.fromfile(self._path("rows"), dtype=ROW, count=self.state.rows)

    def cells(self) -> NDArray[np.int32]:
        """Return the cell of each row."""
        return np.fromfile(self._path("cells"), dtype=_CELL, count=self.state.rows)

    def codes(self) -> Iterator[tuple[Positions, Codes]]:
        """Yield positions and 8-bit vectors of all rows, in order, some at a time."""
        with self._path("codes").open("rb") as file:
            for positions in self._blocks(_CODES * BLOCK):
                codes = np.fromfile(file, dtype=np.uint8, count=len(positions) * self.state.dim)
                yield positions, codes.reshape(-1, self.state.dim)

    def quantiser(self) -> NDArray[np.uint8]:
        """Return the trained index without rows, as FAISS wrote it."""
        return np.fromfile(self._path("quantiser"), dtype=np.uint8)

    def blocks(self) -> Iterator[tuple[Positions, Vectors]]:
        """Yield positions and vectors of all rows, in order, some at a time."""
        for positions in self._blocks(BLOCK):
            yield positions, self.vectors(positions)

    def vectors(self, positions: Positions) -> Vectors:
        """Return the vectors of the rows at ``positions``, erased ones as zeros."""
        if not len(positions):
            return np.zeros((0, self.state.dim), dtype=np.float32)
        if self._open is None:
            self._open = _Mapped(self._path("vectors"), self.state.dim)
        # By block, lest what is taken from all over the file have all of it in memory at once.
        found = np.empty((len(positions), self.state.dim), dtype=np.float32)
        for start in range(0, len(positions), BLOCK):
            block = positions[start : start + BLOCK]
            found[start : start + BLOCK] = self._open.take(block, self.state.rows)
        return found

    def append(
        self,
        rows: Rows,
        vectors: Vectors,
        names: tuple[str, ...],
        placed: Placed | None,
    ) -> Positions:
        """Write rows at the end; return their positions. They count once this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        first = self.state.rows
        _write(self._path("rows"), first, rows)
        _write(self._path("vectors"), first, np.ascontiguousarray(vectors, dtype=_VECTOR))
        if placed is not None:
            self._place(placed, first, self.state)
        self._commit(rows=first + len(rows), names=names)
        return np.arange(first, self.state.rows, dtype=np.int64)

    def erase(self, positions: Positions) -> None:
        """Overwrite the rows at ``positions`` with zeros.

        Their keys go last, so that an erasure that is cut short can be done again.
        """
        self._sweep()
        widths = self._widths()
        for name in sorted(widths, key=lambda name: name == "rows"):
            width = widths[name]
            with self._path(name).open("r+b") as file:
                for position in positions.tolist():
                    file.seek(position * width)
                    file.write(bytes(width))
                file.flush()
                os.fsync(file.fileno())

    def divide(self, quantiser: Codes, placed: Iterable[Placed], trained: int) -> None:
        """Put every row in a cell, block by block, in place of the cells there were."""
        new = dataclasses.replace(self.state, cells=self.state.cells + 1, trained=trained)
        _write(self._path("quantiser", new), 0, quantiser)
        start = 0
        for block in placed:
            self._place(block, start, new)
            start += len(block[0])
        self._commit(cells=new.cells, trained=trained)
        self._sweep()

    def compact(self, kept: Positions, rows: Rows) -> None:
        """Write the rows at ``kept`` anew without what was erased; ``rows`` describes all."""
        old = self.state
        new = dataclasses.replace(old, rows=len(kept), files=old.files + 1)
        _write(self._path("rows", new), 0, rows[kept])
        for start in range(0, len(kept), BLOCK):
            block = self.vectors(kept[start : start + BLOCK]).astype(_VECTOR)
            _write(self._path("vectors", new), start, block)
        if old.cells:
            new = dataclasses.replace(new, cells=old.cells + 1)
            _write(self._path("quantiser", new), 0, self.quantiser())
            cells, start = self.cells(), 0
            for positions, codes in self.codes():
                left = np.isin(positions, kept, assume_unique=True)
                self._place((cells[positions[left]], codes[left]), start, new)
                start += int(np.count_nonzero(left))
        self._open = None
        self.state = new
        new.write(self._folder)
        self._sweep()

    def _blocks(self, size: int) -> Iterator[Positions]:
        for start in range(0, self.state.rows, size):
            yield np.arange(start, min(start + size, self.state.rows), dtype=np.int64)

    def _place(self, placed: Placed, start: int, state: State) -> None:
        cells, codes = placed
        _write(self._path("cells", state), start, np.ascontiguousarray(cells, dtype=_CELL))
        _write(self._path("codes", state), start, np.ascontiguousarray(codes))

    def _commit(self, **changed: Any) -> None:
        self.state = dataclasses.replace(self.state, **changed)
        self.state.write(self._folder)

    def _path(self, name: str, state: State | None = None) -> Path:
        state = state or self.state
        number = state.files if name in {"rows", "vectors"} else state.cells
        return self._folder / f"{name}-{number}"

    def _sweep(self) -> None:
        """Remove files that do not count: replaced ones, and what a process that died left."""
        names = ("rows", "vectors", "cells", "codes", "quantiser")
        counting = {self._folder / STATE, *(self._path(name) for name in names)}
        for path in set(self._folder.iterdir()) - counting:
            path.unlink()

    def _widths(self) -> dict[str, int]:
        """Return the files of rows there are, with the bytes of a row."""
        widths = {"rows": ROW.itemsize, "vectors": self.state.dim * _VECTOR.itemsize}
        if self.state.cells:
            widths |= {"cells": _CELL.itemsize, "codes": self.state.dim}
        return widths

    def _check(self) -> None:
        """Raise StaleIndex unless every file is there and long enough."""
        widths = self._widths() | ({"quantiser": 0} if self.state.cells else {})
        for name, width in widths.items():
            path = self._path(name)
            try:
                size = path.stat().st_size
            except OSError as error:
                raise unreadable(path, error) from error
            if size < self.state.rows * width:
                raise unreadable(path, f"{size} bytes for {self.state.rows} rows")


class _Mapped:
    """A file of vectors that is read where it stands, and held open should its name go."""

    def __init__(self, path: Path, dim: int) -> None:
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._file)
        self._dim = dim

    def take(self, positions: Positions, rows: int) -> NDArray[Any]:
        """Return vectors as stored. The map lives for a moment: pages read are not held."""
        length = rows * self._dim * _VECTOR.itemsize
        with mmap.mmap(self._file, length, access=mmap.ACCESS_READ) as mapped:
            table = np.frombuffer(mapped, dtype=_VECTOR).reshape(rows, self._dim)
            found: NDArray[Any] = table[positions]
            del table  # the map closes once nothing looks into it
        return found


def unreadable(path: Path, error: object) -> StaleIndex:
    """Return the error of an index that is damaged or of another version."""
    return StaleIndex(
        f"{path}: the vector index cannot be read: {error}",
        hint="rebuild it: domainkit ingest --rebuild",
    )


def _write(path: Path, start: int, rows: NDArray[Any]) -> None:
    """Write ``rows`` from row ``start`` on, to the disk; what stood behind goes."""
    with path.open("r+b" if path.exists() and start else "wb") as file:
        file.seek(start * rows.strides[0])
        file.truncate()
        file.write(rows.data)
        file.flush()
        os.fsync(file.fileno())
