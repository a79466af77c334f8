"""Brings an assistant's documents along when it moves to another version of its pack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from domainkit.assistant.core import Assistant
from domainkit.assistant.folder import Layout
from domainkit.ingestion.places import Found, Places, Source
from domainkit.ingestion.report import Report
from domainkit.packs import loader, moving
from domainkit.packs.moving import Move
from domainkit.packs.pack import Pack
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
    folder = move.folder
    before = loader.load(folder) if move.was else None
    moving.apply(move)
    layout, after = Layout(folder), loader.load(folder)
    if not layout.store.is_file():
        return Upgraded()
    gone = tuple(_gone(layout, before, after)) if before else ()
    with closing(Assistant.open(folder)) as assistant:
        for name in gone:
            assistant.forget(name)
        return Upgraded(gone, assistant.ingest(_knowledge(after)))


def _gone(layout: Layout, before: Pack, after: Pack) -> Iterator[str]:
    """Yield what the store calls the texts that ``before`` brought and ``after`` does not.

    The folders of the pack stand elsewhere now; the store is told so first.
    """
    with closing(Store.open(layout.store)) as store:
        for old, new in zip(before.folders, after.folders, strict=False):
            if old != new:
                move_roots(store, old.resolve(), new.resolve())
        places = Places(store, layout.root)
        known = {file.path for file in store.files()}
        kept = set(_files(after, after))
        for path in dict.fromkeys(_files(before, after)):
            name = places.name(Found(path, path.parent))
            if path not in kept and name in known:
                yield name


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
