"""The log of all runs in SQLite: what decided each, and every score, to follow over time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from domainkit.errors import EvaluationError
from domainkit.evaluation.record import Run

FILE = "log.sqlite"
_WAIT_SECONDS = 60.0
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, started TEXT NOT NULL, ended TEXT NOT NULL, command TEXT NOT NULL,
    configuration TEXT NOT NULL, pack TEXT NOT NULL, pack_fingerprint TEXT NOT NULL,
    seed INTEGER NOT NULL, questions INTEGER NOT NULL, cached INTEGER NOT NULL,
    partial TEXT NOT NULL, passed INTEGER, data TEXT NOT NULL, models TEXT NOT NULL,
    settings TEXT NOT NULL, environment TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scores (
    run TEXT NOT NULL REFERENCES runs (id), metric TEXT NOT NULL, slice TEXT NOT NULL,
    value REAL, low REAL, high REAL, count INTEGER NOT NULL, baseline REAL,
    baseline_of TEXT NOT NULL,
    PRIMARY KEY (run, metric, slice));
"""
_HISTORY = """
SELECT runs.id, runs.configuration, value, low, high, count, baseline FROM scores
JOIN runs ON runs.id = scores.run
WHERE metric = ? AND slice = ? AND (partial = '[]' OR ?) ORDER BY runs.started, runs.id
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A metric in one run; ``configuration`` tells whether anything that decides answers moved."""

    run: str
    configuration: str
    value: float | None
    low: float | None
    high: float | None
    count: int
    baseline: float | None


class Log:
    """The log in a folder."""

    def __init__(self, folder: Path) -> None:
        """Keep it in ``folder``, which is made on first use."""
        self._path = folder / FILE

    def add(self, run: Run) -> None:
        """Add a run.

        Raises:
            EvaluationError: when the file cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        row = (
            run.id, run.started.isoformat(), run.ended.isoformat(), run.command,
            run.configuration, run.pack, run.pack_fingerprint, run.seed, run.questions, run.cached,
            json.dumps(run.partial), run.passed if run.gates else None, json.dumps(dict(run.data)),
            json.dumps(dict(run.models)), json.dumps(dict(run.settings)),
            json.dumps(dict(run.environment)),
        )  # fmt: skip
        scores = [
            (run.id, s.metric, s.slice, s.value, s.low, s.high, s.count, s.baseline, s.baseline_of)
            for s in run.scores
        ]
        with self._opened() as connection:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO runs VALUES ({marks})", row)  # noqa: S608 # marks
            connection.executemany("INSERT INTO scores VALUES (?,?,?,?,?,?,?,?,?)", scores)

    def history(self, metric: str, slice: str = "", *, partial: bool = False) -> list[Point]:
        """Return a metric over a slice in every run that has it, the oldest first.

        Runs whose questions were narrowed down are left out unless ``partial``.

        Raises:
            EvaluationError: when the file cannot be read.
        """
        if not self._path.is_file():
            return []
        with self._opened() as connection:
            return [Point(*row) for row in connection.execute(_HISTORY, (metric, slice, partial))]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            opened = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
            with closing(opened) as connection, connection:
                connection.executescript(_TABLES)
                yield connection
        except sqlite3.Error as error:
            raise EvaluationError(
                f"{self._path}: {error}", hint="move it away: the runs beside it are kept"
            ) from error
