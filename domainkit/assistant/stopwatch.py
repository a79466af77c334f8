"""Seconds by stage, for the record of a turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up the seconds spent under each name."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the body of the ``with`` towards ``stage``."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - begun
            self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def read(self) -> dict[str, float]:
        """Return the seconds of every stage so far, and their ``total`` since the start."""
        return {**self._seconds, "total": time.perf_counter() - self._begun}
