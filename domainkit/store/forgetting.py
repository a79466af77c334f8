"""Forgets a file or a document by any name a person may have for it."""

from __future__ import annotations

from dataclasses import dataclass

from domainkit.errors import StoreError
from domainkit.registry import nearest
from domainkit.store.documents import Store


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed: its path or source, and how many documents and passages it held."""

    name: str
    documents: int
    passages: int


def forget(store: Store, name: str) -> Forgotten:
    """Remove the file or document ``name`` (a path, a source such as ``a.csv#7``, or an id).

    A file goes with all its documents.

    Raises:
        StoreError: when nothing has that name; the hint lists the nearest.
    """
    for file in store.files():
        if file.path == name:
            return Forgotten(name, file.documents, store.remove_file(name))
    summaries = store.documents()
    for document in summaries:
        if name in (document.id, document.source):
            return Forgotten(document.source, 1, store.remove_document(document.id))
    known = sorted({*(file.path for file in store.files()), *(d.source for d in summaries)})
    raise StoreError(
        f"nothing called '{name}' has been ingested", hint=nearest(name, known[:5000])
    )
