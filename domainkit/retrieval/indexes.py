"""The lexical and the vector index of one store: derived from it, checked against it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

from domainkit import registry
from domainkit.errors import IndexNotFound, StaleIndex
from domainkit.protocols import Embedder, LexicalIndex, VectorIndex
from domainkit.retrieval import manifest
from domainkit.retrieval.manifest import REBUILD, IndexManifest
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.store.documents import Store
from domainkit.store.lock import writing
from domainkit.text import analysis
from domainkit.types import EMPTY, Entry

Progress = Callable[[int, int], None]

_LEXICAL = "tantivy"
ENCODED = "encoded.sqlite"  # the vectors of the store's texts, beside the indexes
_WRITTEN = 4096  # passages written at once: what is held in memory, and done again after a kill


@dataclass(frozen=True, slots=True)
class _Opened:
    """The indexes as one version of their manifest describes them."""

    manifest: IndexManifest
    lexical: LexicalIndex
    vectors: VectorIndex | None


class Indexes:
    """The indexes in one folder. Safe to search from many threads while one process updates."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        embedder: Embedder | None,
        wanted: IndexManifest,
        *,
        options: Mapping[str, Any],
        cache: VectorCache,
    ) -> None:
        self._folder = folder
        self._store = store
        self._embedder = embedder
        self._wanted = wanted
        self._options = options
        self._cache = cache
        self._current: _Opened | None = None
        self._refreshing = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        store: Store,
        embedder: Embedder | None,
        vectors: str,
        options: Mapping[str, Any] = EMPTY,
        writable: bool = False,
        lagging: bool = False,
        shared: VectorCache | None = None,
    ) -> Self:
        """Return the indexes in ``folder``.

        Args:
            folder: where they are kept.
            store: what they are derived from.
            embedder: makes their vectors; None searches by words alone.
            vectors: the vector index: a name of the registry, or ``none``.
            options: what that index needs to know besides, such as where its server is.
            writable: allow indexes that lag behind the store, or are not there yet, because
                ``update`` or ``rebuild`` follows.
            lagging: allow indexes that lag behind the store, because a process that will bring
                them up to it is at work: what is gone is not found, what is new not yet.
            shared: keeps the vectors of several indexes; by default these have a cache of their
                own, which forgets what the store forgets.

        Raises:
            IndexNotFound: when there are none yet.
            StaleIndex: when they are not of this store's documents, this embedder or this
                version's analysis.
        """
        wanted = IndexManifest(analysis=analysis.VERSION)
        if embedder is not None and vectors != "none":
            wanted = replace(wanted, embedder=embedder.id, dim=embedder.dim, vectors=vectors)
        cache = shared or VectorCache(folder / ENCODED)
        made = cls(
            folder,
            store,
            embedder if wanted.embedder else None,
            wanted,
            options=options,
            cache=cache,
        )
        if not writable:
            held = made._checked(IndexManifest.read(folder), lagging=lagging)
            made._current = made._open(held, searched=True)
        return made

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index."""
        return self._opened.lexical

    @property
    def vectors(self) -> VectorIndex | None:
        """The vector index; None without an embedder."""
        return self._opened.vectors

    @property
    def generation(self) -> int:
        """The store's generation these indexes hold."""
        return self._opened.manifest.generation

    def refresh(self) -> None:
        """Take up what another process has indexed since, once it is done.

        One thread opens it, while the others go on with what is open.
        """
        held = IndexManifest.read(self._folder)
        if held is None or held == self._opened.manifest:
            return
        if held.generation == self._store.generation and self._refreshing.acquire(blocking=False):
            try:
                _check(self._folder, held, self._wanted)
                self._current = self._open(held, searched=True)
            finally:
                self._refreshing.release()

    def update(self, progress: Progress | None = None) -> None:
        """Bring the indexes up to the store: what came is added, what went is removed.

        Args:
            progress: called with the passages done and the passages there are to do.

        Raises:
            StaleIndex: when they must be rebuilt instead.
            StoreError: when another process is writing them.
        """
        with writing(self._folder):
            held = IndexManifest.read(self._folder) or self._wanted
            _check(self._folder, held, self._wanted, exactly=True)
            if self._current is None or self._current.manifest != held:
                self._current = self._open(held)
            self._update(progress)

    def rebuild(self, progress: Progress | None = None) -> None:
        """Make the indexes anew from the store, whatever they held.

        Raises:
            StoreError: when another process is writing them.
        """
        with writing(self._folder):
            self.close()
            if self._embedder is not None and (discard := getattr(self._kind, "discard", None)):
                discard(self._folder / "vectors", **self._options)
            for name in (manifest.NAME, "lexical", "vectors"):
                path = self._folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            self._current = self._open(self._wanted)
            self._update(progress)
            self._cache.retain(entry.key for entry in self._store.entries())

    def close(self) -> None:
        """Let go of files a vector index holds open."""
        if self._current and (close := getattr(self._current.vectors, "close", None)):
            close()
        self._current = None

    def _checked(self, held: IndexManifest | None, *, lagging: bool) -> IndexManifest:
        """Return the manifest of indexes that are there and speak of the store as it is."""
        if held is None:
            raise IndexNotFound(
                f"{self._folder} holds no indexes: nothing indexed yet",
                hint="domainkit ingest documents",
            )
        _check(self._folder, held, self._wanted)
        if held.generation != self._store.generation and not lagging:
            raise StaleIndex(
                f"{self._folder}: the documents have changed since they were indexed",
                hint="domainkit ingest documents",
            )
        return held

    @property
    def _opened(self) -> _Opened:
        if self._current is None:
            self._current = self._open(IndexManifest.read(self._folder) or self._wanted)
        return self._current

    def _open(self, held: IndexManifest, *, searched: bool = False) -> _Opened:
        """Open the indexes; ``searched`` says that they serve searches rather than a change."""
        lexical = registry.get("lexical_indexes", _LEXICAL)(self._folder / "lexical")
        if self._embedder is None:
            return _Opened(held, lexical, None)
        make = self._kind if searched else getattr(self._kind, "for_writing", self._kind)
        vectors = make(self._folder / "vectors", self._embedder.dim, **self._options)
        return _Opened(held, lexical, vectors)

    @property
    def _kind(self) -> Any:
        """What makes the vector index."""
        return registry.get("vector_indexes", self._wanted.vectors)

    def _update(self, progress: Progress | None) -> None:
        held = self._opened.manifest
        changes = self._store.changes(held.generation)
        if changes.generation < held.generation:
            raise StaleIndex(f"{self._folder}: the indexes are of another store", hint=REBUILD)
        self._remove(list(changes.removed))
        work = _Work(progress, changes.added)
        entries = self._store.entries(held.generation)
        while batch := list(islice(entries, _WRITTEN)):
            self._add([entry for entry in batch if entry.key > held.key], work)
            held = replace(held, key=max(held.key, batch[-1].key))
            held.write(self._folder)
        self.freshen()
        held = replace(held, generation=changes.generation)
        held.write(self._folder)
        self._current = replace(self._opened, manifest=held)

    def freshen(self, *, whole: bool = False) -> None:
        """Erase what remains of removed passages in the lexical index (see its ``worn``)."""
        lexical = self._opened.lexical
        worn = iter(self._store.entries_of(lexical.worn(whole=whole)))
        while batch := list(islice(worn, _WRITTEN)):
            lexical.add(batch)

    def mend(self, *, remove: Sequence[int], add: Sequence[int]) -> None:
        """Take ``remove`` out of the indexes and put ``add`` in anew, as the store has them."""
        with writing(self._folder):
            self._remove(list(remove))
            work, entries = _Work(None, len(add)), self._store.entries_of(add)
            while batch := list(islice(entries, _WRITTEN)):
                self._add(batch, work)

    def _remove(self, keys: list[int]) -> None:
        if keys:
            self._cache.release(keys)
            self._opened.lexical.remove(keys)
            if self._opened.vectors is not None:
                self._opened.vectors.remove(keys)

    def _add(self, entries: list[Entry], work: _Work) -> None:
        if not entries:
            return
        self._opened.lexical.add(entries)
        if self._opened.vectors is not None and self._embedder is not None:
            vectors = self._cache.encode_entries(self._embedder, entries, on_done=work.done)
            self._opened.vectors.add(entries, vectors)
        else:
            work.done(len(entries))


class _Work:
    """Counts the passages that are done and tells whoever wants to know."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def done(self, passages: int) -> None:
        self._done += passages
        if self._progress:
            self._progress(self._done, self._total)


def _check(
    folder: Path, held: IndexManifest, wanted: IndexManifest, *, exactly: bool = False
) -> None:
    """Raise StaleIndex unless indexes like ``held`` can serve as ``wanted``.

    To search by words alone, vectors may lie unused; to be updated, they may not (``exactly``).
    """
    if held.analysis != wanted.analysis:
        raise StaleIndex(f"{folder}: made by another version of the text analysis", hint=REBUILD)
    same = (held.embedder, held.vectors) == (wanted.embedder, wanted.vectors)
    if not same and (wanted.embedder or exactly):
        raise StaleIndex(
            f"{folder}: indexed with {_named(held)}, to be used with {_named(wanted)}",
            hint=REBUILD,
        )


def _named(held: IndexManifest) -> str:
    return f"the embedder {held.embedder} in {held.vectors}" if held.embedder else "no embedder"
