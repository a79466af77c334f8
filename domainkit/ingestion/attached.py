"""Files that came inside another, a mail's attachments, read as documents of that file.

They live and die with the file that holds them: ``mail.eml#scan.pdf`` is forgotten with
``mail.eml``. One that cannot be read is named, with its reason, in the line of its file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, runtime_checkable

from domainkit.errors import IngestionError, MissingExtra
from domainkit.ingestion.profile import Recognition
from domainkit.types import Document

KEY = "attached"  # of a document's ``meta``: the attachment it was read from
_DEEPEST = 3  # a mail in a mail in a mail; what lies deeper is named and left out

Read = Iterator[tuple[Document, Recognition]]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came inside another."""

    name: str
    data: bytes


@runtime_checkable
class Container(Protocol):
    """A reader of files that hold others."""

    def attachments(self, path: Path) -> list[Attachment]:
        """Return the files that came inside ``path``."""


class Reads(Protocol):
    """What reads a file that lies at some depth within another."""

    def within(self, path: Path, profile: str | None, depth: int) -> Read:
        """Yield the documents of ``path``; raise as ``FileReader.read`` does."""


def documents(
    reader: Reads,
    path: Path,
    files: Sequence[Attachment],
    *,
    profile: str | None,
    depth: int,
    left_out: list[str],
) -> Read:
    """Yield the documents of what is attached to ``path``; name in ``left_out`` what is not read.

    Args:
        reader: reads each of them.
        path: the file they came in.
        files: what came in it.
        profile: reads them instead of the ones that would be recognised.
        depth: how many files ``path`` itself lies within.
        left_out: takes "name: reason" of each that is not read.
    """
    for name, file in _named(files):
        if depth >= _DEEPEST:
            left_out.append(f"{name}: it lies too deep within other files")
            continue
        if not file.data.strip():
            left_out.append(f"{name}: it is empty")
            continue
        with TemporaryDirectory(prefix="domainkit-attached-") as folder:
            place = Path(folder) / name
            place.write_bytes(file.data)
            try:
                for document, recognition in reader.within(place, profile, depth + 1):
                    record = document.source.removeprefix(place.name)
                    inner = {**document.meta, KEY: name}
                    yield (
                        replace(document, source=f"{path.name}#{name}{record}", meta=inner),
                        recognition,
                    )
            except (IngestionError, MissingExtra) as error:
                left_out.append(f"{name}: {error.message}")
            except RecursionError:
                left_out.append(f"{name}: its elements are nested too deeply")


def _named(files: Sequence[Attachment]) -> Iterator[tuple[str, Attachment]]:
    """Yield each attachment with a name that is a file's own, and no other's here."""
    taken: set[str] = set()
    for file in files:
        plain = "".join("_" if c in "/\\#:\0" or ord(c) < 32 else c for c in file.name)
        plain = plain.strip(". ")[-120:] or "attachment"
        stem, dot, suffix = plain.rpartition(".")
        name, number = plain, 2
        while name in taken:
            name = f"{stem}-{number}.{suffix}" if dot else f"{plain}-{number}"
            number += 1
        taken.add(name)
        yield name, file
