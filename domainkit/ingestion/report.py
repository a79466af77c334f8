"""What became of every file: nothing is skipped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from domainkit.store.likeness import Link
from domainkit.store.records import FileRecord, Outcome


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file's line in the report.

    ``reason`` says why it was refused or linked, or what was left out of it. ``number`` is its
    place among the ``total`` files of the run, from 1.
    """

    path: str
    outcome: Outcome
    reason: str = ""
    hint: str = ""
    parent: str = ""
    profile: str = ""
    passages: int = 0
    pages: int = 0
    seconds: float = 0.0
    number: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every file of one run.

    ``missing`` are files that were read before, are gone from the disk, and still answer.
    ``alike`` are documents of this run that say nearly the same as another.
    """

    files: tuple[FileReport, ...]
    seconds: float
    missing: tuple[str, ...] = ()
    alike: tuple[Link, ...] = ()

    @property
    def passages(self) -> int:
        """How many passages the files of the run now have."""
        return sum(file.passages for file in self.files)

    @property
    def refused(self) -> tuple[FileReport, ...]:
        """The files that were not read."""
        return tuple(file for file in self.files if file.outcome == "refused")

    def counts(self) -> dict[str, int]:
        """Return how many files had each outcome, the commonest first."""
        return dict(Counter(file.outcome for file in self.files).most_common())


def project(report: Report) -> dict[str, Any]:
    """Return the report as ``domainkit ingest --json`` prints it."""
    return {
        "files": [project_file(file) for file in report.files],
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
        "missing": list(report.missing),
        "alike": [asdict(link) for link in report.alike],
    }


def project_file(file: FileReport) -> dict[str, Any]:
    """Return one file's line as JSON has it."""
    names = ("path", "outcome", "reason", "parent", "profile", "passages", "pages")
    shown = {name: getattr(file, name) or None for name in names[:5]}
    counts = {name: getattr(file, name) for name in names[5:]}
    return {**shown, **counts, "seconds": round(file.seconds, 3)}


def ordered(files: Iterable[FileReport]) -> list[FileReport]:
    """Return the files with those that need attention first."""
    order = ("refused", "removed", "linked", "read", "unchanged")
    return sorted(files, key=lambda file: (order.index(file.outcome), file.path))


def line_of(record: FileRecord, outcome: Outcome) -> FileReport:
    """Return the line of a file as the store knows it."""
    return FileReport(
        path=record.path,
        outcome=outcome,
        parent=record.parent,
        profile=record.profile,
        passages=record.passages,
        pages=record.pages,
    )
