"""Exact inner products in FAISS, by store key."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domainkit import extras
from domainkit.errors import StaleIndex
from domainkit.retrieval.files import replacing
from domainkit.retrieval.ranking import best
from domainkit.retrieval.scope import Scope
from domainkit.types import Entry, Filter, Hit

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

_FILE = "vectors.npz"


class FaissIndex:
    """A vector index in a folder: one file, replaced whole by every change.

    Args:
        folder: where the file is kept; made on the first change.
        dim: the length of a vector.

    Raises:
        MissingExtra: when FAISS is not installed.
        StaleIndex: when the file is damaged or holds vectors of another length.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._faiss: Any = extras.load("faiss", needed_for="searching by meaning")
        self._path = folder / _FILE
        self._index: Any = self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(dim))
        self._scope = Scope.of([])
        if self._path.is_file():
            self._load()
        if self._index.d != dim:
            raise StaleIndex(
                f"{self._path} holds vectors of {self._index.d} numbers, the embedder makes {dim}",
                hint="rebuild it: domainkit ingest --rebuild",
            )

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._scope)

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Index ``vectors`` ([len(entries), dim]); a key already present is replaced."""
        if not entries:
            return
        added = Scope.of(entries)
        self._forget(added.keys.tolist())
        self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), added.keys)
        self._scope = self._scope.joined(added)
        self._save()

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys``; unknown keys are ignored."""
        if self._forget(keys):
            self._save()

    def search(self, vector: Vectors, k: int, filter: Filter) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter`` by inner product; ties by key."""
        keys = self._scope.passing(filter)
        found = len(self) if keys is None else len(keys)
        if k < 1 or not found:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        options = {} if keys is None else {"params": self._only(keys)}

        def fetch(limit: int) -> list[Hit]:
            scores, ids = self._index.search(query, min(limit, found), **options)
            pairs = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
            return [Hit(key, score) for key, score in pairs if key >= 0]

        return best(fetch, k)

    def _forget(self, keys: Sequence[int]) -> int:
        removed: int = self._index.remove_ids(np.asarray(keys, dtype=np.int64))
        if removed:
            self._scope = self._scope.without(keys)
        return removed

    def _only(self, keys: np.typing.NDArray[np.int64]) -> Any:
        """Return search parameters that look at ``keys`` alone, as a bitmap over all keys."""
        allowed = np.zeros(int(self._scope.keys.max()) + 1, dtype=np.bool_)
        allowed[keys] = True
        selector = self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        return self._faiss.SearchParameters(sel=selector)

    def _save(self) -> None:
        with replacing(self._path) as file:
            index = self._faiss.serialize_index(self._index)
            np.savez(file, allow_pickle=False, index=index, **self._scope.columns())

    def _load(self) -> None:
        try:
            with np.load(self._path, allow_pickle=False) as stored:
                self._scope = Scope.from_columns(stored)
                self._index = self._faiss.deserialize_index(stored["index"])
        except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
            raise StaleIndex(
                f"{self._path}: the vector index cannot be read: {error}",
                hint="rebuild it: domainkit ingest --rebuild",
            ) from error
