"""Keeps count of what came inside a file while its parts go by to the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from domainkit.ingestion.attached import KEY
from domainkit.ingestion.parsing import Part
from domainkit.ingestion.report import FileReport
from domainkit.types import Document, Passage


class Inside:
    """Passes a file's parts on and keeps count of those that came inside it."""

    def __init__(self, parent: str) -> None:
        self._parent = parent
        self._lines: dict[str, FileReport] = {}

    def divided(self, parts: Iterable[Part]) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
        """Yield each part's document and passages."""
        for part in parts:
            document, name = part.document, part.document.meta.get(KEY)
            if name is not None:
                path = f"{self._parent}#{name}"
                line = self._lines.get(path) or FileReport(
                    path, "read", parent=self._parent, profile=document.profile
                )
                self._lines[path] = replace(
                    line,
                    passages=line.passages + len(part.passages),
                    pages=line.pages + len(document.pages),
                )
            yield document, part.passages

    def lines(self) -> tuple[FileReport, ...]:
        """Return the line of each attachment that was read."""
        return tuple(self._lines.values())
