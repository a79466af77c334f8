"""Forgets a file or a document by any name a person may have for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from domainkit.errors import StoreError
from domainkit.registry import nearest
from domainkit.store.documents import Store
from domainkit.store.records import FileRecord
from domainkit.store.tables import passages


@dataclass(frozen=True, slots=True)
class Target:
    """What a name means: a file with all its documents, or one document of a file.

    ``path`` is the file; ``copies`` are files of the same content, which were linked to it.
    """

    name: str
    path: str
    documents: tuple[str, ...]
    sha256: str
    copies: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        """Whether the whole file is meant."""
        return self.name == self.path


def find(store: Store, name: str) -> Target:
    """Return what ``name`` means: a path, a source such as ``a.csv#7``, or a document's id.

    Raises:
        StoreError: when nothing has that name; the hint lists the nearest.
    """
    files = {file.path: file for file in store.files()}
    summaries = store.documents()
    if name in files:
        held = tuple(d.id for d in summaries if _path(d.source, files) == name)
        copies = tuple(file.path for file in files.values() if file.linked_to == name)
        return Target(name, name, held, files[name].sha256, copies)
    for document in summaries:
        if name in (document.id, document.source):
            path = _path(document.source, files)
            return Target(document.source, path, (document.id,), files[path].sha256)
    known = sorted({*files, *(document.source for document in summaries)})
    raise StoreError(
        f"nothing called '{name}' has been ingested", hint=nearest(name, known[:5000])
    )


def forget(store: Store, target: Target) -> int:
    """Remove ``target`` and the links to it; return how many passages it held."""
    if not target.is_file:
        return store.remove_document(target.documents[0])
    for copy in target.copies:
        store.remove_file(copy)
    return store.remove_file(target.name)


def keys(store: Store, target: Target) -> tuple[int, ...]:
    """Return the keys of the passages of ``target``."""
    held: list[int] = []
    with store.reading() as connection:
        for name in target.documents:
            query = select(passages.c.key).where(passages.c.document_id == name)
            held += connection.execute(query).scalars()
    return tuple(held)


def _path(source: str, files: dict[str, FileRecord]) -> str:
    """Return the file of a document: its source, or what stands before its record."""
    while source not in files:
        source = source.rpartition("#")[0]
    return source
