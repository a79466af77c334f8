"""How much the reading of one file may take, and how a reader shows that it gets on.

The limits are those of the process that reads, as the system's own are: a worker sets them once,
before it opens anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults, each with what the 255 real files of `benchmarks/ingestion.py` need most.

    Attributes:
        seconds: without a page, a picture or a record done. The slowest, OCR of a page on two
            cores with nine times their load, took 94 s.
        memory: bytes of its own that a worker may hold. OCR takes most: 1.2 GiB.
        expanded: bytes that a packed file may unpack to. The largest unpacks to 1 MiB.
        pages: of one PDF. The longest has 61.
    """

    seconds: int = 180
    memory: int = 3 << 30
    expanded: int = 1 << 30
    pages: int = 20_000


DEFAULT = Limits()

_limits: ContextVar[Limits] = ContextVar("limits", default=DEFAULT)
_alive: ContextVar[Callable[[], None] | None] = ContextVar("alive", default=None)


def current() -> Limits:
    """Return the limits of this process."""
    return _limits.get()


def alive() -> None:
    """Say that a step of the work is done: a page, a picture, a batch of records."""
    if (say := _alive.get()) is not None:
        say()


@contextmanager
def applied(limits: Limits, *, on_alive: Callable[[], None] | None = None) -> Iterator[None]:
    """Make ``limits`` those of what runs within, and hear from it at each of its steps."""
    before, heard = _limits.set(limits), _alive.set(on_alive)
    try:
        yield
    finally:
        _limits.reset(before)
        _alive.reset(heard)
