"""Answers kept by all that decides them, so that nothing is asked twice.

What was answered before a run was killed is kept too: the next run goes on from there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from domainkit.assistant.evaluated import ANSWERS
from domainkit.errors import EvaluationError
from domainkit.evaluation.codec import decode
from domainkit.evaluation.record import written
from domainkit.types import Turn

FILE = ANSWERS
# Answers kept at most; one takes some 20 kB, so that they take 400 MB at most.
MOST = 20_000
_WAIT_SECONDS = 60.0
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL)
"""
_OLD = "DELETE FROM answers WHERE number <= (SELECT max(number) FROM answers) - ?"


@dataclass(frozen=True, slots=True)
class Asking:
    """What came of asking a question.

    ``ranking`` has the passages found when a hundred are asked for, each with those that say no
    more than it, and ``by_words`` those found by words alone. ``plain`` is the turn in which the
    documents' own sentences answer.
    """

    turn: Turn
    plain: Turn
    ranking: tuple[tuple[str, ...], ...] = ()
    by_words: tuple[tuple[str, ...], ...] = ()


class Kept:
    """The answers kept in a folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Keep them in ``folder``, which is made on first use."""
        self._path = folder / FILE

    def find(self, key: str) -> Asking | None:
        """Return what is kept under ``key``; None where nothing is.

        Raises:
            EvaluationError: when the file cannot be read.
        """
        if not self._path.is_file():
            return None
        with self._opened() as connection:
            row = connection.execute("SELECT value FROM answers WHERE key = ?", (key,)).fetchone()
        return decode(Asking, json.loads(row[0])) if row else None

    def has(self, key: str) -> bool:
        """Return whether anything is kept under ``key``."""
        if not self._path.is_file():
            return False
        with self._opened() as connection:
            found = connection.execute("SELECT 1 FROM answers WHERE key = ?", (key,)).fetchone()
        return found is not None

    def keep(self, key: str, asking: Asking) -> None:
        """Keep ``asking`` under ``key``; the oldest leave where there are too many.

        Raises:
            EvaluationError: when the file cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO answers (key, value) VALUES (?, ?)", (key, written(asking))
            )
            connection.execute(_OLD, (MOST,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to the file; what was written is committed at the end."""
        try:
            opened = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
            with closing(opened) as connection, connection:
                connection.execute(_TABLE)
                yield connection
        except sqlite3.Error as error:
            raise EvaluationError(
                f"{self._path}: {error}", hint="delete it: it only saves time"
            ) from error
