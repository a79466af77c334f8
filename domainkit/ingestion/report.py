"""What became of every file: nothing is skipped in silence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from domainkit.store.likeness import Link
from domainkit.store.records import FileRecord, Outcome
from domainkit.store.surveys import STEP, FileSurvey

_PAGES = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file's line in the report.

    ``reason`` says why it was refused or linked, or what was left out of it. ``parent`` is the
    file it came in: a mail's attachment has a line of its own. ``number`` is its place among the
    ``total`` files of the run, from 1. ``was`` is what the file was called before.
    """

    path: str
    outcome: Outcome
    reason: str = ""
    hint: str = ""
    was: str = ""
    parent: str = ""
    profile: str = ""
    passages: int = 0
    pages: int = 0
    seconds: float = 0.0
    number: int = 0
    total: int = 0


@dataclass(frozen=True)
class Details:
    """What the store says of one file besides its line.

    ``confidence`` and ``because`` say how sure its profile is and what spoke for it;
    ``scrambled`` what makes its text look so, empty where nothing does; ``ocr_pages`` how many of
    its pages were read by OCR; ``lengths`` how many passages have which length.
    """

    confidence: float = 0.0
    because: str = ""
    scrambled: str = ""
    ocr_pages: int = 0
    lengths: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, survey: FileSurvey) -> Details:
        """Return the details of a file from the store's survey of it."""
        told = next((n["recognised"] for n in survey.notes if "recognised" in n), "")
        confidence, _, because = told.partition(": ")
        return cls(
            confidence=float(confidence or 0),
            because=because,
            scrambled="; ".join(n["scrambled"] for n in survey.notes if "scrambled" in n),
            ocr_pages=sum(len(_PAGES.findall(n.get("pages_by_ocr", ""))) for n in survey.notes),
            lengths=survey.lengths,
        )

    @property
    def typical(self) -> int:
        """The median length of the passages, to the nearest fifty characters."""
        return median(self.lengths)


@dataclass(frozen=True)
class Report:
    """What became of every file of one run.

    ``missing`` are files that were read before, are gone from the disk, and still answer.
    ``alike`` are documents of this run that say nearly the same as another.
    ``surveys`` are of every file in the store, where they were asked for.
    """

    files: tuple[FileReport, ...]
    seconds: float
    missing: tuple[str, ...] = ()
    alike: tuple[Link, ...] = ()
    surveys: tuple[FileSurvey, ...] = ()

    @property
    def whole(self) -> tuple[FileReport, ...]:
        """The files themselves, without the lines of what came inside them."""
        return tuple(file for file in self.files if not file.parent)

    @property
    def passages(self) -> int:
        """How many passages the files of the run now have."""
        return sum(file.passages for file in self.whole)

    @property
    def refused(self) -> tuple[FileReport, ...]:
        """The files that were not read."""
        return tuple(file for file in self.files if file.outcome == "refused")

    @property
    def changed(self) -> bool:
        """Whether the run changed anything in the store."""
        return any(file.outcome != "unchanged" for file in self.files)

    @property
    def pages_a_second(self) -> float | None:
        """How many pages a second were read; None when no page was."""
        read = [file for file in self.whole if file.outcome == "read" and file.pages]
        seconds = sum(file.seconds for file in read)
        return sum(file.pages for file in read) / seconds if seconds else None

    @cached_property
    def details(self) -> Mapping[str, Details]:
        """What the store says of each file, by path."""
        return {survey.path: Details.of(survey) for survey in self.surveys}

    def counts(self) -> dict[str, int]:
        """Return how many files had each outcome, the commonest first."""
        return dict(Counter(file.outcome for file in self.whole).most_common())

    def lengths(self) -> dict[int, int]:
        """Return how many passages of the run's files have which length, the shortest first."""
        known = (self.details.get(file.path) for file in self.files)
        counted: Counter[int] = Counter()
        for details in filter(None, known):
            counted.update(details.lengths)
        return dict(sorted(counted.items()))


def median(lengths: Mapping[int, int]) -> int:
    """Return the median of counted lengths: the middle of its step; 0 when there are none."""
    half, seen = sum(lengths.values()) / 2, 0
    for length, count in sorted(lengths.items()):
        seen += count
        if seen >= half:
            return length + STEP // 2
    return 0


def project(report: Report) -> dict[str, Any]:
    """Return the report as ``domainkit ingest --json`` prints it."""
    rate = report.pages_a_second
    return {
        "files": [project_file(file, report.details.get(file.path)) for file in report.files],
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
        "pages_a_second": None if rate is None else round(rate, 1),
        "lengths": {str(length): count for length, count in report.lengths().items()},
        "missing": list(report.missing),
        "alike": [asdict(link) for link in report.alike],
    }


def told(link: Link) -> str:
    """Return what sets two documents apart that say nearly the same."""
    if not link.only_here + link.only_there:
        return f"says the same as {link.other}"
    own = f"{link.only_here:,} letters only here, {link.only_there:,} only there"
    return (
        f"{link.likeness:.0%} the same as {link.other} ({own}): both answer, and what they share "
        "is shown once"
    )


def project_file(file: FileReport, details: Details | None = None) -> dict[str, Any]:
    """Return one file's line as JSON has it."""
    names = ("path", "outcome", "reason", "was", "parent", "profile")
    shown = {name: getattr(file, name) or None for name in names}
    counts = {name: getattr(file, name) for name in ("passages", "pages")}
    known = details or Details()
    return {
        **shown,
        **counts,
        "seconds": round(file.seconds, 3),
        "confidence": known.confidence if details else None,
        "because": known.because or None,
        "ocr_pages": known.ocr_pages,
        "scrambled": known.scrambled or None,
        "typical_length": known.typical or None,
    }


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
