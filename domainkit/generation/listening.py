"""Hears what an engine writes, piece by piece, and says when it is to stop; for every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import Literal

from domainkit.generation.ending import circles, whole
from domainkit.types import Generation

Finish = Literal["stop", "length", "cancelled"]


class Listener:
    """Takes the pieces of one answer. ``finish`` is set once the engine is to stop, and why."""

    def __init__(self, cancel: Event | None = None) -> None:
        self._cancel = cancel or Event()
        self.abandoned = False
        self.circling = False
        self.finish: Finish | None = None
        self.pieces: SimpleQueue[str | None] = SimpleQueue()
        self.text = ""

    @property
    def unwanted(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self.abandoned or self._cancel.is_set()

    def hear(self, piece: str) -> Finish | None:
        """Take ``piece`` and return why the engine is to stop; None to go on."""
        self.text += piece
        if piece:
            self.pieces.put(piece)
        if self.unwanted:
            self.finish = "cancelled"
        elif circles(self.text):
            self.circling, self.finish = True, "stop"
        return self.finish

    def heard(self, *, full: bool) -> tuple[str, Finish]:
        """Return the answer as it stands and why it ended.

        Args:
            full: whether the engine stopped because no more tokens were allowed.
        """
        finish: Finish = self.finish or ("length" if full else "stop")
        text = whole(self.text) if full or self.circling else self.text.strip()
        return text, finish


def streamed(
    write: Callable[[Listener], Generation], cancel: Event | None = None
) -> Iterator[str | Generation]:
    """Yield what ``write`` lets a listener hear, then what it returns.

    ``write`` runs in a thread of its own; it is told to stop when the iterator is closed.
    """
    listener = Listener(cancel)
    with ThreadPoolExecutor(1, thread_name_prefix="generator") as beside:
        written = beside.submit(write, listener)
        written.add_done_callback(lambda _: listener.pieces.put(None))
        try:
            yield from iter(listener.pieces.get, None)
            yield written.result()
        finally:
            listener.abandoned = True
