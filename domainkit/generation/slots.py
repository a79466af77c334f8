"""Gives each answer one of a few places to be computed in, the one it had before where it can."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """A fixed number of places, each of which remembers who used it last.

    A newcomer gets a free place it had before, else one nobody had, else the one left longest ago.
    """

    def __init__(self, count: int) -> None:
        self._free = list(range(count))  # left longest ago first
        self._last: dict[int, str | None] = {}
        self._count = count
        self._change = threading.Condition()

    @contextmanager
    def taken(self, owner: str | None) -> Iterator[int]:
        """Hold one place for ``owner``; wait while none is free."""
        with self._change:
            self._change.wait_for(lambda: self._free)
            slot = self._choose(owner)
            self._free.remove(slot)
            self._last[slot] = owner
        try:
            yield slot
        finally:
            with self._change:
                self._free.append(slot)
                self._change.notify_all()

    @contextmanager
    def all(self) -> Iterator[None]:
        """Hold every place, once all answers that are being written have ended."""
        with self._change:
            self._change.wait_for(lambda: len(self._free) == self._count)
            yield
            self._last.clear()

    def _choose(self, owner: str | None) -> int:
        own = [slot for slot in self._free if self._last.get(slot, ...) == owner]
        unused = [slot for slot in self._free if slot not in self._last]
        return (own[-1:] or unused or self._free)[0]
