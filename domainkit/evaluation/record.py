"""The record of an evaluation: what was asked, what was answered, and what that is worth.

A run is a folder of the assistant's ``.domainkit/eval/runs``: ``run.json`` with the scores and all
that decides them, ``items.jsonl`` with one question a line. It is written whole or not at all.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from domainkit.errors import EvaluationError
from domainkit.evaluation.codec import decode, encode
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.registry import nearest
from domainkit.types import Span, Turn

SCHEMA = 1
RUNS, RUN, ITEMS = "runs", "run.json", "items.jsonl"


@dataclass(frozen=True, slots=True)
class Gold:
    """Where words that a question must cite stand: any of these passages holds them.

    ``span`` counts in the document's text; it is None where only a locator was given.
    ``passages`` is empty where the assistant's documents do not hold the words.
    """

    path: str
    passages: tuple[str, ...] = ()
    document_id: str = ""
    profile: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One question, its whole turn, and its scores.

    ``scores`` holds the metrics that are defined for the question, and ``baseline`` the same of
    what each is compared with. ``ranking`` and ``ranking_by_words`` are the passages found when a
    hundred are asked for, best first. ``suffices`` says whether a passage that answers is among
    those the generator was given; None where nothing tells. ``cached`` says that an earlier run
    had asked it, with everything that decides the answer alike.
    """

    id: str
    suite: str
    question: EvalQuestion
    turn: Turn
    gold: tuple[Gold, ...] = ()
    ranking: tuple[str, ...] = ()
    ranking_by_words: tuple[str, ...] = ()
    suffices: bool | None = None
    slices: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    baseline: Mapping[str, float] = field(default_factory=dict)
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """A metric over the questions of a slice; ``slice`` is "" for all of them.

    ``value`` is None, and ``count`` 0, where no question defines it. ``low`` and ``high`` are the
    ends of its 95 % interval. ``baseline`` is the value of what ``baseline_of`` names.
    """

    metric: str
    slice: str
    value: float | None
    count: int
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    baseline_of: str = ""


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What a gate asks of a metric, what it was, and whether that passes."""

    metric: str
    slice: str
    value: float | None
    count: int
    passed: bool
    least: float | None = None
    most: float | None = None

    @property
    def name(self) -> str:
        """The metric, and the slice where there is one, as ``gates.yaml`` has it."""
        return f"{self.metric}@{self.slice}" if self.slice else self.metric


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a metric moved from an earlier run to this one, over the questions of both.

    ``low`` and ``high`` are the ends of the 95 % interval of the ``difference``; ``chance`` is how
    likely one at least so great is where nothing changed, by ``test``.
    """

    metric: str
    slice: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    chance: float
    test: str
    count: int


@dataclass(frozen=True, slots=True)
class PassageChange:
    """What became of a passage that was retrieved for a question, or is now.

    ``kind`` is appeared, vanished, rewritten (``was`` is the id it had) or moved. ``cited`` says
    that the earlier answer or the later one cites it.
    """

    kind: str
    passage_id: str
    document_id: str
    title: str
    locator: str
    was: str = ""
    cited: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer is no longer what it was.

    ``what`` of it: status, text, citations. ``scores`` are those that moved, before and after.
    ``passages`` are those that came, went, were rewritten or moved among what was retrieved: the
    cited ones where there are any. Where there are none, what else differs between the runs did.
    """

    id: str
    question: str
    what: tuple[str, ...]
    before: str
    after: str
    scores: Mapping[str, tuple[float, float]]
    passages: tuple[PassageChange, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A whole evaluation but for its items.

    ``configuration`` is the SHA-256 of all that decides an answer: pack, settings, models, code
    and libraries, which ``configured`` lists. ``data`` has the hash of each suite and of the
    documents. ``partial`` names what ``--only`` left, and no gate is judged. ``against`` is the
    run it was compared with, and ``differs`` the parts of the configuration that are not alike.
    ``curves`` are lists of points: ``risk`` of (coverage, risk), ``reliability`` of (said, came
    true, questions).
    """

    id: str
    started: datetime
    ended: datetime
    command: str
    configuration: str
    pack: str
    pack_version: str
    pack_fingerprint: str
    generation: int
    documents: int
    passages: int
    seed: int
    configured: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    questions: int = 0
    cached: int = 0
    partial: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    gates: tuple[GateOutcome, ...] = ()
    curves: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    against: str | None = None
    differs: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    changes: tuple[Change, ...] = ()
    schema: int = SCHEMA

    @property
    def passed(self) -> bool:
        """Whether every gate passed."""
        return all(gate.passed for gate in self.gates)

    def score(self, metric: str, slice: str = "") -> Score | None:
        """Return the score of a metric over a slice; None where there is no such slice."""
        wanted = (metric, slice)
        return next((s for s in self.scores if (s.metric, s.slice) == wanted), None)


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of an assistant, in ``folder``."""

    folder: Path

    def write(self, run: Run, items: Sequence[Item]) -> Path:
        """Keep a run; return its folder."""
        made = self.folder / f".{run.id}.{uuid.uuid4().hex[:8]}"
        made.mkdir(parents=True)
        with (made / ITEMS).open("wb") as file:
            file.writelines(written(item) + b"\n" for item in items)
        (made / RUN).write_bytes(written(run, indent=1) + b"\n")
        return made.rename(self.folder / run.id)

    def ids(self) -> list[str]:
        """Return the ids of all runs, the oldest first."""
        return sorted(path.parent.name for path in self.folder.glob(f"[!.]*/{RUN}"))

    def find(self, name: str) -> str:
        """Return the id that ``name`` is, begins or stands for: ``last`` is the newest.

        Raises:
            EvaluationError: when no run, or more than one, is meant.
        """
        ids = self.ids()
        if name == "last" and ids:
            return ids[-1]
        meant = [n for n in ids if n == name] or [n for n in ids if n.startswith(name)]
        if len(meant) == 1:
            return meant[0]
        what = f"{len(meant)} runs begin with '{name}'" if meant else f"there is no run '{name}'"
        hint = nearest(name, ids) if ids else "evaluate first: domainkit eval"
        raise EvaluationError(f"{self.folder}: {what}", hint=hint)

    def read(self, name: str) -> Run:
        """Return a run, by its id, the beginning of it, or ``last``.

        Raises:
            EvaluationError: when there is no such run, or it cannot be read.
        """
        path = self.folder / self.find(name) / RUN
        run: Run = _read(Run, path, path.read_text(encoding="utf-8"))
        return run

    def items(self, name: str) -> Iterator[Item]:
        """Yield the items of a run.

        Raises:
            EvaluationError: when there is no such run, or it cannot be read.
        """
        path = self.folder / self.find(name) / ITEMS
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield _read(Item, path, line)

    def remove(self, name: str) -> None:
        """Delete a run, by its id, the beginning of it, or ``last``."""
        shutil.rmtree(self.folder / self.find(name))


def written(value: Any, *, indent: int | None = None) -> bytes:
    """Return ``value`` as JSON in UTF-8, in which half a character is escaped as JSON has it.

    Raises:
        ValueError: when it holds a number that JSON has not, such as NaN.
    """
    text = json.dumps(encode(value), ensure_ascii=False, indent=indent, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def _read(kind: type[Any], path: Path, text: str) -> Any:
    try:
        return decode(kind, json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(
            f"{path} cannot be read: {type(error).__name__}: {error}",
            hint="evaluate anew: domainkit eval",
        ) from error
