"""Examines what an assistant keeps, and mends what can be mended: the store is the truth."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from domainkit.assistant.corpus import Corpus
from domainkit.assistant.folder import Layout
from domainkit.errors import IndexNotFound, StaleIndex
from domainkit.protocols import Embedder
from domainkit.retrieval.examination import drift
from domainkit.retrieval.indexes import Indexes
from domainkit.store import examination
from domainkit.store.documents import Store
from domainkit.store.findings import Finding

_SEGMENT = re.compile(r"([0-9a-f]{32})\.")
_REBUILD = "the indexes are made anew from the store"


class Doctor:
    """Looks at the store, then at the indexes, then at what processes that died left behind.

    Args:
        corpus: whose documents they are. Nothing else may write them meanwhile.
        layout: where everything is.
        repair: mend what is found.
        every: look into every entry of the indexes, not a sample.
    """

    def __init__(self, corpus: Corpus, layout: Layout, *, repair: bool, every: bool) -> None:
        self._corpus = corpus
        self._layout = layout
        self._repair = repair
        self._every = every

    def findings(self) -> list[Finding]:
        """Return everything that is amiss, or was.

        Raises:
            IndexNotFound: when nothing has been ingested.
            StoreError: when a newer domainkit wrote the store, or another process is writing.
            ModelError: when the embedder is not fetched.
        """
        if not self._layout.store.is_file():
            raise IndexNotFound(
                f"{self._layout.store} does not exist: nothing ingested yet",
                hint="domainkit ingest documents",
            )
        embedder = self._corpus.embedder
        with self._corpus.writing():
            found = list(self._store())
            if all(finding.mended for finding in found):
                with closing(Store.open(self._layout.store)) as store:
                    found += self._rows(store)
                    found += self._cache()
                    found += self._indexes(store, embedder)
            return [*found, *self._leftovers()]

    def _store(self) -> Iterator[Finding]:
        path = self._layout.store
        if said := examination.damage(path):
            if self._repair and not examination.reindex(path):
                aside = examination.set_aside(path)
                remedy = (
                    f"set aside as {aside.name}, to be deleted later; {examination.READ_AGAIN}"
                )
            else:
                remedy = "its tables' indexes are made anew, or the files are read again"
            yield Finding(self._shown(path), f"damaged: {said}", remedy, mended=self._repair)

    def _rows(self, store: Store) -> Iterator[Finding]:
        if wrong := examination.altered(store):
            if self._repair:
                examination.unread(store, wrong)
            problem = f"passages are not what their documents say: {', '.join(wrong[:5])}"
            place = self._shown(self._layout.store)
            yield Finding(place, problem, examination.READ_AGAIN, len(wrong), mended=self._repair)

    def _cache(self) -> Iterator[Finding]:
        """Look at the vectors that are kept by text; what is lost of them is made again."""
        for path in sorted(self._layout.indexes.glob("*.sqlite")):
            if said := examination.damage(path):
                if self._repair:
                    path.unlink()
                yield Finding(
                    self._shown(path), f"damaged: {said}", "it is deleted", mended=self._repair
                )

    def _indexes(self, store: Store, embedder: Embedder | None) -> Iterator[Finding]:
        with closing(self._corpus.indexes(store, embedder)) as indexes:
            try:
                yield from self._compared(indexes, store, embedder)
            except StaleIndex as error:
                if self._repair:
                    indexes.rebuild()
                place = self._shown(self._layout.indexes)
                yield Finding(place, error.message, _REBUILD, mended=self._repair)

    def _compared(
        self, indexes: Indexes, store: Store, embedder: Embedder | None
    ) -> Iterator[Finding]:
        """Compare key by key; raise StaleIndex for indexes that cannot be."""
        if indexes.generation != store.generation:
            behind = abs(store.generation - indexes.generation)
            if self._repair:
                indexes.update()
            place = self._shown(self._layout.indexes)
            yield Finding(
                place, "changes are not indexed yet", "they are indexed", behind, self._repair
            )
            if not self._repair:
                return
        for found in drift(indexes, store, embedder, every=self._every):
            if self._repair:
                indexes.mend(
                    remove=[*found.extra, *found.altered], add=[*found.missing, *found.altered]
                )
            place = self._shown(self._layout.indexes / found.index)
            for keys, problem, remedy in (
                (found.missing, "passages are missing", "they are indexed again"),
                (found.extra, "entries of no passage are left", "they are removed"),
                (found.altered, "entries are not of their passage", "they are indexed again"),
            ):
                if keys:
                    yield Finding(place, problem, remedy, len(keys), mended=self._repair)

    def _leftovers(self) -> Iterator[Finding]:
        """Look for files that no writer that lives will finish: there is none now."""
        switched = (self._layout.next_indexes, self._layout.former_indexes)
        for path in [
            *(folder for folder in switched if folder.is_dir()),
            *self._layout.generated.rglob("*.partial"),
            *self._orphans(),
        ]:
            if self._repair:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            yield Finding(
                self._shown(path),
                "left by a process that died",
                "it is deleted",
                mended=self._repair,
            )

    def _orphans(self) -> Iterator[Path]:
        """Yield files of segments that the lexical index does not count."""
        folder = self._layout.indexes / "lexical"
        meta = folder / "meta.json"
        if not meta.is_file():
            return
        try:
            segments = json.loads(meta.read_text(encoding="utf-8"))["segments"]
        except ValueError:
            return  # a damaged index has been found as such
        counted = {segment["segment_id"].replace("-", "") for segment in segments}
        for path in sorted(folder.iterdir()):
            named = _SEGMENT.match(path.name)
            if named and named[1] not in counted:
                yield path

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._layout.root).as_posix()
