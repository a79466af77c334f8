"""How many questions are answered at once, how many may wait, and what the next one is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from domainkit.errors import ServerBusy


class Queue:
    """Lets ``running`` questions in at once and ``waiting`` more stand in line; refuses others.

    A question is in until its whole answer is sent, so that a slow reader counts as well.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self._places = threading.BoundedSemaphore(running)
        self._most = running + waiting
        self._inside = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a place; wait in line for it.

        Raises:
            ServerBusy: when the line is full.
        """
        with self._lock:
            if self._inside >= self._most:
                raise ServerBusy(
                    f"{self._inside} questions are being answered or wait for it",
                    hint="ask again after the seconds in the header Retry-After",
                )
            self._inside += 1
        try:
            with self._places:
                yield
        finally:
            with self._lock:
                self._inside -= 1
