"""Brings an assistant's documents along when it moves to another version of its pack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from domainkit.assistant.core import Assistant
from domainkit.assistant.corpus import PATIENCE
from domainkit.assistant.folder import Layout
from domainkit.ingestion.places import Found, Places, Source
from domainkit.ingestion.report import Report
from domainkit.packs import loader, moving
from domainkit.packs.moving import Move
from domainkit.packs.pack import Pack
from domainkit.store import forgetting, lock
from domainkit.store.documents import Store
from domainkit.store.moving import move_roots


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What became of the pack's texts: which were forgotten, and how the others were read.

    ``report`` is None where nothing was ingested before.
    """

    forgotten: tuple[str, ...] = ()
    report: Report | None = None


def upgrade(move: Move) -> Upgraded:
    """Move the assistant; texts that are new or changed are read, those that are gone forgotten.

    The owner's own documents are not touched.

    Raises:
        PackError: when ``domain.yaml`` cannot be written.
        StoreError: when another process is writing.
        ModelError: when the embedder is not fetched.
    """
    folder, layout = move.folder, Layout(move.folder)
    before = loader.load(folder) if move.was else None
    moving.apply(move)
    if not layout.store.is_file():
        return Upgraded()
    after = loader.load(folder)
    gone, copies = _carry(layout, before, after) if before else ((), ())
    with closing(Assistant.open(folder)) as assistant:
        return Upgraded(gone, assistant.ingest([*_knowledge(after), *map(Source, copies)]))


def _carry(layout: Layout, before: Pack, after: Pack) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Tell the store where the pack stands now, and forget the texts it no longer brings.

    Returns the names of those, and the files that were known as copies of them: the owner's own,
    to be read for themselves.
    """
    with (
        lock.writing(layout.generated, patience=PATIENCE),
        closing(Store.open(layout.store)) as store,
    ):
        for old, new in zip(before.folders, after.folders, strict=False):
            if old != new:
                move_roots(store, old.resolve(), new.resolve())
        places = Places(store, layout.root)
        gone = {name: forgetting.find(store, name) for name in _gone(store, places, before, after)}
        copies = [copy for target in gone.values() for copy in target.copies if copy not in gone]
        for target in gone.values():
            forgetting.forget(store, target)
    return tuple(gone), tuple(path for path in map(places.find, copies) if path.is_file())


def _gone(store: Store, places: Places, before: Pack, after: Pack) -> list[str]:
    """Return what the store calls the texts that ``before`` brought and ``after`` does not."""
    known = {file.path for file in store.files()}
    kept = set(_files(after, after))
    left = [path for path in dict.fromkeys(_files(before, after)) if path not in kept]
    return [name for name in (places.name(Found(p, p.parent)) for p in left) if name in known]


def _files(pack: Pack, after: Pack) -> Iterator[Path]:
    """Yield the texts that ``pack`` brings, at the places where those of ``after`` stand."""
    moved = dict(zip(pack.folders, after.folders, strict=False))
    for entry in pack.manifest.knowledge.values():
        found = pack.find(entry.path)
        for file in [found] if found and found.is_file() else found.rglob("*") if found else ():
            home = next(folder for folder in pack.folders if file.is_relative_to(folder))
            yield moved.get(home, home).resolve() / file.relative_to(home)


def _knowledge(pack: Pack) -> list[Source]:
    found = ((pack.find(entry.path), entry.profile) for entry in pack.manifest.knowledge.values())
    return [Source(path, profile) for path, profile in found if path]
