"""Vectors in a Chroma database, embedded, by store key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from domainkit import extras
from domainkit.errors import StaleIndex
from domainkit.retrieval.ranking import best
from domainkit.retrieval.scope import days
from domainkit.types import Entry, Filter, Hit

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

_Row = TypeVar("_Row")

_COLLECTION = "passages"
_EXPLORED = 400  # nodes of its graph Chroma looks at; its default of 100 misses more


class ChromaVectors:
    """A vector index in a collection of Chroma. Filters are Chroma's own ``where``."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    def __len__(self) -> int:
        """Return the number of vectors."""
        return int(self._collection.count())

    def keys(self) -> list[int]:
        """Return every key it holds, sorted."""
        return sorted(map(int, self._collection.get(include=[])["ids"]))

    def vectors(self, keys: Sequence[int]) -> Vectors:
        """Return the vectors of ``keys``, each of which it holds, in their order."""
        found = self._collection.get(ids=[str(key) for key in keys], include=["embeddings"])
        held = dict(zip(map(int, found["ids"]), found["embeddings"], strict=True))
        return np.asarray([held[key] for key in keys], dtype=np.float32)

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Index ``vectors`` ([len(entries), dim]); a key already present is replaced."""
        rows = zip(entries, vectors, strict=True)
        for batch in _batches(rows, self._client.get_max_batch_size()):
            self._collection.upsert(
                ids=[str(entry.key) for entry, _ in batch],
                embeddings=[vector for _, vector in batch],
                metadatas=[_scope(entry) for entry, _ in batch],
            )

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys``; unknown keys are ignored."""
        for batch in _batches(keys, self._client.get_max_batch_size()):
            self._collection.delete(ids=[str(key) for key in batch])

    def search(self, vector: Vectors, k: int, filter: Filter) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter`` by inner product; ties by key.

        Chroma's graph is approximate, and one that is walked past passages a filter drops may
        end before it meets enough of those it keeps. All of these are then compared.
        """
        query, where = vector.reshape(-1), _where(filter)

        def fetch(limit: int) -> list[Hit]:
            wanted = min(limit, len(self))
            hits = self._near(query, wanted, where) if wanted else []
            return hits if len(hits) == wanted else self._all(query, where)[:limit]

        return best(fetch, k)

    def _near(self, query: Vectors, limit: int, where: dict[str, Any] | None) -> list[Hit]:
        found = self._collection.query(
            query_embeddings=[query], n_results=limit, where=where, include=["distances"]
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Hit(int(key), 1.0 - distance) for key, distance in pairs]

    def _all(self, query: Vectors, where: dict[str, Any] | None) -> list[Hit]:
        found = self._collection.get(where=where, include=["embeddings"])
        if not found["ids"]:
            return []
        scores = np.asarray(found["embeddings"], dtype=np.float32) @ query
        hits = [Hit(int(key), float(x)) for key, x in zip(found["ids"], scores, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def close(self) -> None:
        """Let go of Chroma's files and connections."""
        self._client.close()


class ChromaIndex(ChromaVectors):
    """A vector index in a folder that Chroma keeps.

    Args:
        folder: Chroma's folder; made where there is none.
        dim: the length of a vector.

    Raises:
        MissingExtra: when Chroma is not installed.
        StaleIndex: when the folder holds vectors of another length.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        chroma = library()
        folder.mkdir(parents=True, exist_ok=True)
        settings = chroma.config.Settings(anonymized_telemetry=False)
        client = chroma.PersistentClient(path=str(folder), settings=settings)
        collection = client.get_or_create_collection(_COLLECTION, **shape(dim))
        check(collection, dim, str(folder))
        super().__init__(client, collection)


def library() -> Any:
    """Return the library ``chromadb``.

    Raises:
        MissingExtra: when it is not installed.
    """
    return extras.load("chromadb", needed_for="keeping vectors in Chroma")


def shape(dim: int, **about: str) -> dict[str, Any]:
    """Return what a new collection is made with; ``about`` is kept beside its vectors."""
    return {
        "embedding_function": None,
        "metadata": {"dim": dim, **about},
        "configuration": {"hnsw": {"space": "ip", "ef_search": _EXPLORED}},
    }


def check(collection: Any, dim: int, place: str) -> None:
    """Raise StaleIndex unless the collection at ``place`` holds vectors of that length."""
    held = (collection.metadata or {}).get("dim", dim)
    if held != dim:
        raise StaleIndex(
            f"{place} holds vectors of {held} numbers, the embedder makes {dim}",
            hint="rebuild it: domainkit ingest --rebuild",
        )


def _scope(entry: Entry) -> dict[str, int | str]:
    first, last = days(entry)
    return {
        "effective_from": first,
        "effective_to": last,
        "jurisdiction": entry.jurisdiction or "",
        "group": entry.group,
    }


def _where(filter: Filter) -> dict[str, Any] | None:
    clauses: list[dict[str, Any]] = []
    if filter.as_of:
        day = filter.as_of.toordinal()
        clauses += [{"effective_from": {"$lte": day}}, {"effective_to": {"$gt": day}}]
    if filter.jurisdiction:
        clauses.append({"jurisdiction": {"$in": [filter.jurisdiction, ""]}})
    if filter.groups:
        clauses.append({"group": {"$in": list(filter.groups)}})
    if len(clauses) > 1:
        return {"$and": clauses}
    return clauses[0] if clauses else None


def _batches(rows: Iterable[_Row], size: int) -> Iterator[list[_Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
