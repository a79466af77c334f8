"""One file on its way into the store: read, recognised, named and divided, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domainkit.errors import IngestionError
from domainkit.ingestion.naming import FileDocuments
from domainkit.ingestion.profile import Profiles
from domainkit.ingestion.reading import FileReader
from domainkit.ingestion.structure import StructureSplitter
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage

# A small text is read where it is asked for: starting a worker takes half a second, reading it a
# few milliseconds. Nothing but Python reads it, and `benchmarks/hostile.py` says how long the
# worst of these sizes take: a second or two. Of records, each is a document.
SMALL = {"plain": 64 << 10, "markdown": 64 << 10, "records": 8 << 10}


class ReaderDied(IngestionError):
    """The process that read a file hung or died; it may fare better another time."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read: where it is, what the store calls it, and what its ids derive from."""

    path: Path
    name: str
    identity: str
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A document with its passages, and how sure its profile was and what spoke for it."""

    document: Document
    passages: tuple[Passage, ...]
    confidence: float
    signs: tuple[str, ...]


def is_of(part: Part, task: Task) -> bool:
    """Return whether a part has the names that follow from its file and says what stands there."""
    document, passages = part.document, part.passages
    record = document.source.removeprefix(task.name).removeprefix("#")
    return (
        document.source == (f"{task.name}#{record}" if record else task.name)
        and document.id == document_id(task.identity, record)
        and passages == tuple(with_ids(passages))
        and all(p.document_id == document.id for p in passages)
        and all(p.text and p.span.of(document.text) == p.text for p in passages)
    )


class Reading(Protocol):
    """The parts of one file as they come.

    After the last, ``note`` says what was not read, and ``seconds`` how long a worker took.
    """

    note: str
    seconds: float

    def __iter__(self) -> Iterator[Part]:
        """Yield the parts.

        Raises:
            IngestionError: with the reason, when the file cannot be read.
            MissingExtra: when the library that reads it is not installed.
            PackError: when the profile it asks for does not exist.
            OSError: when it cannot be opened.
        """


class Parser:
    """Reads files in this process."""

    def __init__(
        self, profiles: Profiles, *, passwords: Sequence[str] = (), mask: Sequence[str] = ()
    ) -> None:
        self._reader = FileReader(profiles, passwords=passwords, mask=mask)
        self._splitter = StructureSplitter(profiles)

    def read(self, task: Task) -> Reading:
        """Return what reads ``task``, part by part."""
        return _Here(task, self._reader, self._splitter)

    def is_light(self, path: Path) -> bool:
        """Return whether a file is so small and plain that reading it needs no worker."""
        size = path.stat().st_size
        if size > max(SMALL.values()):
            return False
        try:
            return size <= SMALL.get(self._reader.kind(path), 0)
        except IngestionError:
            return True  # it takes as little to refuse it


class _Here:
    """A reading by this process."""

    def __init__(self, task: Task, reader: FileReader, splitter: StructureSplitter) -> None:
        self.note = ""
        self.seconds = 0.0
        self._task = task
        self._reader = reader
        self._splitter = splitter

    def __iter__(self) -> Iterator[Part]:
        task = self._task
        naming = FileDocuments(task.name, task.identity, file_name=task.path.name)
        for document, recognition in self._reader.read(task.path, profile=task.profile):
            named, passages = naming.divided(document, self._splitter)
            yield Part(named, passages, recognition.confidence, recognition.signs)
        left_out = (f"attachment {each}" for each in self._reader.left_out)
        self.note = "; ".join(filter(None, (naming.note(), *left_out)))
