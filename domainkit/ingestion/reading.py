"""One file to documents: the reader its content asks for, the profile that recognises it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from domainkit import registry
from domainkit.extras import EXTRAS
from domainkit.ingestion import attached, scrambled, sidecar, sniff
from domainkit.ingestion.compound import OFFICE_PROGRAMS
from domainkit.ingestion.fields import describe
from domainkit.ingestion.hiding import Hiding
from domainkit.ingestion.outline import outline
from domainkit.ingestion.profile import Profiles, Recognition, named_profile
from domainkit.ingestion.text import without
from domainkit.packs.schemas.profile import Profile
from domainkit.packs.schemas.sidecar import Sidecar
from domainkit.protocols import Reader
from domainkit.types import Document, Span

# Raised whenever a reader, the outline or a splitter makes something else of the same bytes:
# files read by an older number are read again.
VERSION = "5"


class FileReader:
    """Reads files of every kind, keeping one reader a format."""

    def __init__(
        self, profiles: Profiles, *, passwords: Sequence[str] = (), mask: Sequence[str] = ()
    ) -> None:
        """Read as ``profiles`` say, and mask the kinds of personal data that ``mask`` names."""
        self._profiles = profiles
        self._hiding = Hiding(mask)
        self._passwords = tuple(passwords)
        self._readers: dict[str, Reader] = {}
        self._left_out: list[str] = []

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was attached to the file read last and could not be read: "name: reason"."""
        return tuple(self._left_out)

    def read(
        self, path: Path, *, profile: str | None = None
    ) -> Iterator[tuple[Document, Recognition]]:
        """Yield the documents of ``path``, outlined and described, and why they are read so.

        What is attached to it follows, as documents of their own.

        Args:
            path: a file.
            profile: reads it instead of the one that would be recognised.

        Raises:
            IngestionError: with the reason, when the file cannot be read.
            MissingExtra: when the library that reads it is not installed.
            PackError: when ``profile``, or the file's front matter, names no profile.
            OSError: when the file cannot be opened.
        """
        self._left_out = []
        self._hiding.begin()
        yield from self.within(path, profile, 0)

    def within(
        self, path: Path, profile: str | None, depth: int
    ) -> Iterator[tuple[Document, Recognition]]:
        """Yield the documents of ``path``, which lies within ``depth`` other files."""
        kind = self.kind(path)
        given = sidecar.read(path)
        recognition: Recognition | None = None
        first = True
        for document in map(self._hiding.of, self._reader(kind).read(path)):
            if recognition is None or named_profile(document):
                recognition = self._recognise(document, kind, profile or given.profile)
            prepared = prepare(document, recognition.profile, given, file_name=path.name)
            yield _noted(prepared, recognition if first else None), recognition
            first = False
        container = self._reader(kind)
        if isinstance(container, attached.Container):
            files = container.attachments(path)
            yield from attached.documents(
                self, path, files, profile=profile, depth=depth, left_out=self._left_out
            )

    def _recognise(self, document: Document, kind: str, given: str | None) -> Recognition:
        if given is not None:
            return Recognition(self._profiles.get(given), 1.0, ("assigned",))
        return self._profiles.recognise(document, reader=kind)

    def kind(self, path: Path) -> str:
        """Return the name of the reader that reads ``path``.

        Raises:
            IngestionError: saying what the file is, when nothing here reads it.
        """
        named = path.suffix.lower().removeprefix(".")
        return named if named in self._plugins else sniff.reader_for(path)

    @cached_property
    def _plugins(self) -> set[str]:
        """Readers of installed plugins: each reads the files whose suffix is its name."""
        return set(registry.names("readers")) - set(registry.COMPONENTS["readers"])

    def _reader(self, kind: str) -> Reader:
        if kind not in self._readers:
            made: Any = registry.get("readers", kind)
            options = {"passwords": self._passwords} if kind in ("pdf", "encrypted") else {}
            self._readers[kind] = made(**options)
        return self._readers[kind]


def tools() -> tuple[str, ...]:
    """Return what is installed of that without which files of some kinds are refused."""
    return (*_libraries(tuple(sys.path)), *filter(None, map(shutil.which, OFFICE_PROGRAMS)))


@cache
def _libraries(_path: tuple[str, ...]) -> tuple[str, ...]:
    """Return which libraries are installed; looking for all of them takes two milliseconds."""
    wanted = (name for name, extra in EXTRAS.items() if extra in ("documents", "ocr"))
    return tuple(filter(find_spec, wanted))


def prepare(
    document: Document, profile: Profile, given: Sidecar | None = None, *, file_name: str = ""
) -> Document:
    """Return ``document`` cleaned, with its fields and its sections, as ``profile`` has them.

    Args:
        document: what a reader made.
        profile: how its family is read.
        given: what is said of it beside it.
        file_name: of its file.
    """
    cleaned = without(document, _matches(profile, document.text))
    return outline(describe(cleaned, profile, given, file_name=file_name), profile)


def _noted(document: Document, recognition: Recognition | None) -> Document:
    """Return ``document`` with what a report of its file says of it in ``meta``."""
    notes = {"scrambled": "; ".join(scrambled.signs(document.text))}
    if recognition is not None:
        notes["recognised"] = recognition.because
    notes = {key: note for key, note in notes.items() if note}
    return replace(document, meta={**document.meta, **notes}) if notes else document


def _matches(profile: Profile, text: str) -> list[Span]:
    """Return what the profile's clean-ups match, in order, each character once."""
    spans: list[Span] = []
    found = (Span(*m.span()) for pattern in profile.clean for m in pattern.finditer(text))
    for span in sorted(found):
        if len(span) and (not spans or span.start >= spans[-1].end):
            spans.append(span)
    return spans
