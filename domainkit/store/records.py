"""What the store says about files, documents and its own history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["read", "unchanged", "refused", "removed", "linked"]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was last read.

    ``path`` is relative to the ingested root and begins with the root's name. ``identity`` is
    given at first sight and survives edits and renames; the ids of the file's documents derive
    from it. ``recipe`` digests everything besides the content that decides how the file is read.
    ``linked_to`` is the path of the file whose content this one repeats.
    """

    path: str
    sha256: str
    size: int = 0
    outcome: Outcome = "read"
    reason: str = ""
    hint: str = ""
    profile: str = ""
    recipe: str = ""
    identity: str = ""
    group: str = ""
    linked_to: str = ""
    parent: str = ""
    documents: int = 0
    passages: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document without its text."""

    id: str
    source: str
    title: str
    language: str
    profile: str
    group: str
    characters: int
    passages: int
    pages: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a generation: keys that are gone, and how many passages came."""

    generation: int
    removed: tuple[int, ...]
    added: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the store holds."""

    files: int
    documents: int
    passages: int
