"""Another embedder takes over while the one before it serves until all is ready."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from domainkit.assistant import embedding, wiring
from domainkit.assistant.corpus import Corpus, OnPassages
from domainkit.assistant.folder import Layout
from domainkit.models import tuned
from domainkit.packs.pack import Pack
from domainkit.retrieval.indexes import ENCODED, Indexes
from domainkit.settings import Settings
from domainkit.store.documents import Store


def switch(
    name: str,
    *,
    pack: Pack,
    settings: Settings,
    layout: Layout,
    progress: OnPassages | None = None,
) -> str:
    """Index everything anew with the tuned embedder ``name``, then use it; return its id.

    Until then the indexes that are there go on serving. What was encoded survives a kill: the
    same call goes on from there; an embedder that only turns the vectors of the one before
    encodes nothing. A Chroma server holds one collection, which is made anew in
    place. An empty ``name`` goes back to the embedder of the settings.

    Raises:
        ModelError: when there is no such embedder.
        StoreError: when another process writes.
    """
    corpus = Corpus(pack, settings, layout)
    kept = settings.models.cache
    tuned_folder = layout.embedders / name
    embedder = (
        embedding.tuned_embedder(tuned_folder, cache_folder=kept)
        if name
        else embedding.embedder(settings, pack)
    )
    in_place = settings.retrieval.vectors == "chroma-server"
    fresh = layout.indexes if in_place else layout.next_indexes
    with corpus.writing(), closing(Store.open(layout.store)) as store:
        _take_along(layout.indexes / ENCODED, fresh / ENCODED)
        made = Indexes.open(
            fresh,
            store=store,
            embedder=embedder,
            vectors=settings.retrieval.vectors,
            options=wiring.vector_options(settings),
            writable=True,
        )
        with closing(made):
            made.rebuild(progress)
        if not in_place:
            before = layout.former_indexes
            shutil.rmtree(before, ignore_errors=True)
            if layout.indexes.is_dir():
                layout.indexes.replace(before)
            fresh.replace(layout.indexes)
            shutil.rmtree(before, ignore_errors=True)
        tuned.promote(layout.embedders, name)
    return embedder.id if embedder else ""


def _take_along(before: Path, fresh: Path) -> None:
    """Copy the vectors kept in ``before``: the other embedder may only turn them."""
    if before.is_file() and not fresh.exists():
        fresh.parent.mkdir(parents=True, exist_ok=True)
        partial = fresh.with_suffix(".partial")
        shutil.copyfile(before, partial)
        partial.replace(fresh)
