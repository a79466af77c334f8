"""The documents of one file on their way into the store: named, divided and counted."""

from __future__ import annotations

from dataclasses import replace

from domainkit.errors import IngestionError
from domainkit.protocols import Splitter
from domainkit.store.identity import document_id
from domainkit.types import Document, Passage

# What readers note in ``meta`` of what they could not read, as the report says it.
_UNREAD = {
    "pages_without_text": "no text layer on page {}; OCR needed",
    "pages_damaged": "page {} is damaged",
    "illegible_lines": "{} lines of its scans are illegible",
    "scrambled": "it looks scrambled: {}",
    "pictures_unread": "pictures within it were left out: {}",
}


class FileDocuments:
    """Gives the documents of one file their ids and sources, and notes what was not read."""

    def __init__(self, path: str, identity: str, *, file_name: str) -> None:
        """Prepare for one file.

        Args:
            path: the name the store knows the file by.
            identity: what the ids of its documents derive from.
            file_name: how readers begin the sources of its documents.
        """
        self._path = path
        self._identity = identity
        self._file_name = file_name
        self._documents = 0
        self._blank = 0
        self._unread: list[str] = []

    def divided(
        self, document: Document, splitter: Splitter
    ) -> tuple[Document, tuple[Passage, ...]]:
        """Return a document under its own name, with its passages."""
        named = self._named(document)
        passages = tuple(splitter.split(named))
        self._documents += 1
        self._blank += not passages
        attached = named.meta.get("attached")
        notes = [
            f"attachment {attached}: {note.format(said)}" if attached else note.format(said)
            for key, note in _UNREAD.items()
            if (said := named.meta.get(key))
        ]
        self._unread = [*self._unread, *notes] if attached else notes
        return named, passages

    def note(self) -> str:
        """Return what of the file could not be read; empty when all was.

        Raises:
            IngestionError: when no document of the file held any text.
        """
        if self._blank == self._documents:
            raise IngestionError("it holds no text", hint="nothing in it can be cited")
        notes = list(self._unread)
        if self._blank:
            notes.append(f"{self._blank} of {self._documents} records hold no text")
        return "; ".join(notes)

    def _named(self, document: Document) -> Document:
        record = document.source.removeprefix(self._file_name).removeprefix("#")
        return replace(
            document,
            id=document_id(self._identity, record),
            source=f"{self._path}#{record}" if record else self._path,
        )
