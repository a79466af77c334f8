"""Vectors by the text they were made of, so that no text is encoded twice.

What was encoded survives the process that is killed while it goes on. Only hashes and numbers are
kept, never texts. A passage that is forgotten takes its vector with it, overwritten in the file.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from domainkit.errors import StoreError
from domainkit.protocols import DerivedEmbedder, Embedder
from domainkit.types import Entry

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

Role = Literal["query", "passage"]

# Texts encoded between two commits: what a kill costs at most. On 2 cores some 5 seconds.
_SAVED = 256
_WAIT_SECONDS = 60.0
# Half precision: cosines move by less than 1e-6, and a million vectors take 0.9 GB, not 1.7.
_KIND = np.dtype("<f2")

_TABLES = """
CREATE TABLE IF NOT EXISTS vectors (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holders (key INTEGER PRIMARY KEY, digest BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS held ON holders (digest);
"""
_ORPHANS = "DELETE FROM vectors WHERE digest NOT IN (SELECT digest FROM holders)"


class VectorCache:
    """A file of vectors. Safe to use from several processes at once.

    Args:
        path: the file; made on first use.
        limit: how many vectors at most, the oldest leave first, whoever uses them; with None it
            belongs to one store and keeps what the passages of that store hold.

    Raises:
        StoreError: by every method, when the file cannot be read or written.
    """

    def __init__(self, path: Path, *, limit: int | None = None) -> None:
        self._path = path
        self._limit = limit

    def encode(
        self,
        embedder: Embedder,
        texts: Sequence[str],
        *,
        role: Role,
        keys: Sequence[int] = (),
        on_done: Callable[[int], None] | None = None,
    ) -> Vectors:
        """Return the vectors of ``texts``, in order; those that are new here are encoded and kept.

        Texts of like length are encoded together, whatever their order. Of an embedder that is
        derived from another, the other's vectors are kept: tuning it anew encodes nothing.

        Args:
            embedder: makes the vectors.
            texts: what to encode.
            role: of every text.
            keys: of the passages with these texts, which hold the vectors until ``release``.
            on_done: called with how many more texts are done.
        """
        if isinstance(embedder, DerivedEmbedder):
            base = self.encode(embedder.base, texts, role=role, keys=keys, on_done=on_done)
            return embedder.project(base)
        digests = [_digest(embedder.id, role, text) for text in texts]
        found = self._lookup(digests, embedder.dim)
        self._hold(keys, digests)
        if on_done and found:
            on_done(sum(digest in found for digest in digests))
        missing = {d: t for d, t in zip(digests, texts, strict=True) if d not in found}
        order = sorted(missing, key=lambda digest: (len(missing[digest]), missing[digest]))
        wanted = Counter(digests)
        for start in range(0, len(order), _SAVED):
            batch = order[start : start + _SAVED]
            made = embedder.encode([missing[digest] for digest in batch], role=role)
            found.update(zip(batch, made.astype(_KIND), strict=True))
            self._keep({digest: found[digest].tobytes() for digest in batch})
            if on_done:
                on_done(sum(wanted[digest] for digest in batch))
        if not digests:
            return np.zeros((0, embedder.dim), dtype=np.float32)
        vectors = np.stack([found[digest] for digest in digests]).astype(np.float32)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def encode_entries(
        self, embedder: Embedder, entries: Sequence[Entry], *, on_done: Callable[[int], None]
    ) -> Vectors:
        """Return the vectors of ``entries``: each of its title and its text."""
        texts = [f"{entry.passage.title}\n{entry.passage.text}".strip() for entry in entries]
        keys = [entry.key for entry in entries] if self._limit is None else ()
        return self.encode(embedder, texts, role="passage", keys=keys, on_done=on_done)

    def release(self, keys: Sequence[int]) -> None:
        """Let go of the vectors of ``keys``; one that nothing else holds is erased."""
        if self._limit is not None or not self._path.is_file():
            return
        with self._open() as connection:
            held = "DELETE FROM holders WHERE key = ? RETURNING digest"
            gone = [row for key in keys for row in connection.execute(held, (key,)).fetchall()]
            connection.executemany(
                "DELETE FROM vectors WHERE digest = ?1"
                " AND NOT EXISTS (SELECT 1 FROM holders WHERE digest = ?1)",
                gone,
            )

    def retain(self, keys: Iterator[int]) -> None:
        """Erase every vector that none of ``keys`` holds."""
        if self._limit is not None or not self._path.is_file():
            return
        with self._open() as connection:
            connection.execute("CREATE TEMP TABLE kept (key INTEGER PRIMARY KEY)")
            connection.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((k,) for k in keys))
            connection.execute("DELETE FROM holders WHERE key NOT IN (SELECT key FROM kept)")
            connection.execute(_ORPHANS)

    def __len__(self) -> int:
        """Return the number of vectors."""
        with self._open() as connection:
            return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def _lookup(self, digests: Sequence[bytes], dim: int) -> dict[bytes, NDArray[Any]]:
        found: dict[bytes, NDArray[Any]] = {}
        with self._open() as connection:
            for digest in set(digests):
                row = connection.execute(
                    "SELECT vector FROM vectors WHERE digest = ?", (digest,)
                ).fetchone()
                if row:
                    found[digest] = np.frombuffer(row[0], _KIND)
        return {digest: vector for digest, vector in found.items() if len(vector) == dim}

    def _hold(self, keys: Sequence[int], digests: Sequence[bytes]) -> None:
        if keys:
            with self._open() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO holders VALUES (?, ?)",
                    zip(keys, digests, strict=True),
                )

    def _keep(self, vectors: dict[bytes, bytes]) -> None:
        with self._open() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (digest, vector) VALUES (?, ?)", vectors.items()
            )
            if self._limit is not None:
                connection.execute(
                    "DELETE FROM vectors WHERE id <= (SELECT max(id) FROM vectors) - ?",
                    (self._limit,),
                )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection; what is done through it is kept if the block ends well."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.executescript(_TABLES)
                with connection:
                    yield connection
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{self._path}: the vectors kept there cannot be used: {error}",
                hint="delete that file: its vectors are made again when they are needed",
            ) from error


def _digest(embedder: str, role: Role, text: str) -> bytes:
    return hashlib.sha256("\0".join((embedder, role, text)).encode()).digest()
