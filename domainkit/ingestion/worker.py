"""A worker: a process that reads one file after another and says what it finds.

It is told what to do, and answers, over a socket whose number is its argument. It ends when the
other end closes, when a parser brings it down, or when the system does, at one of its limits.
"""

from __future__ import annotations

import re
import resource
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion import frames
from domainkit.ingestion.limits import Limits, applied
from domainkit.ingestion.parsing import Parser, Task
from domainkit.ingestion.profile import Profiles

# How often, in seconds, a worker says that it gets on.
_BEAT = 0.5
_HELD = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to know before its first file."""

    profiles: Profiles
    passwords: tuple[str, ...]
    limits: Limits
    mask: tuple[str, ...] = ()


def main(number: int) -> None:
    """Read files until the other end of the socket ``number`` closes."""
    connection = Connection(number)
    try:
        setup: Setup = connection.recv()  # from the process that started this one
        _confine(setup.limits)
        worker = _Worker(connection, setup)
        connection.send_bytes(frames.READY)
        with applied(setup.limits, on_alive=worker.alive):
            while worker.read(connection.recv()):
                pass
    except (EOFError, ConnectionError):
        sys.exit(0)


class _Worker:
    def __init__(self, connection: Connection, setup: Setup) -> None:
        self._connection = connection
        self._limits = setup.limits
        self._parser = Parser(setup.profiles, passwords=setup.passwords, mask=setup.mask)
        self._said = 0.0

    def read(self, task: Task) -> bool:
        """Read a file and say what it holds; return whether another may follow."""
        self._expire(self._limits.seconds)
        full = False
        try:
            reading = self._parser.read(task)
            for part in reading:
                self._say(self._within(frames.part(part)))
            last = frames.DONE + reading.note.encode()
        except frames.RAISED as error:
            full = isinstance(error, MemoryError)
            last = frames.failure(error, memory=self._limits.memory)
        self._say(last)
        # One that has grown large is replaced: what it holds would count against the next file.
        if full or peak() * 2 > self._limits.memory:
            return False
        self._say(frames.READY)
        self._expire(0)
        return True

    def _within(self, frame: bytes) -> bytes:
        most = self._limits.expanded
        if len(frame) > most:
            hint = "split it, or allow more: domainkit.toml, [ingestion] expanded_mib"
            raise IngestionError(f"its text takes more than {most >> 20:,} MiB", hint=hint)
        return frame

    def alive(self) -> None:
        """Say that a step is done, unless that was said just now."""
        if time.monotonic() - self._said >= _BEAT:
            self._say(frames.ALIVE)

    def _say(self, frame: bytes) -> None:
        """Send ``frame``; however long the other end takes to hear it, that is not counted."""
        self._expire(0)
        self._connection.send_bytes(frame)
        self._said = time.monotonic()
        self._expire(self._limits.seconds)

    @staticmethod
    def _expire(seconds: int) -> None:
        """Let the system end this process after twice its time, though nobody else watches."""
        signal.alarm(2 * seconds)


def _confine(limits: Limits) -> None:
    """Let this process hold no more memory than ``limits`` allow, and leave no core behind."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    memory = limits.memory if most == resource.RLIM_INFINITY else min(limits.memory, most)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def peak() -> int:
    """Return the most memory, in bytes, that this process has held at once.

    Linux counts what held the process that started this one too, but for one figure of its own.
    """
    status = Path("/proc/self/status")
    if status.is_file() and (found := _HELD.search(status.read_text("utf-8"))):
        return int(found[1]) << 10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10
