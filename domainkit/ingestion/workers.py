"""Has files read by processes of their own: one that hangs, dies or bursts costs one line."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from queue import Full, Queue
from tempfile import TemporaryFile
from typing import Any, Literal

from domainkit.ingestion import frames
from domainkit.ingestion.limits import Limits
from domainkit.ingestion.parsing import Part, ReaderDied, Task, is_of
from domainkit.ingestion.worker import Setup, peak

_log = logging.getLogger(__name__)

# So many workers at most unless a setting says otherwise: each holds about 1 GiB when it reads
# scans, and beyond four the one process that writes the store is the slower part.
_MOST = 4
# Parts of one file that wait to be stored; a worker that is further ahead waits.
_WAITING = 64
# How long, in seconds, a worker may take to start: half a second, much more on a busy machine.
_STARTING = 120
# How long, in seconds, a worker may take to end once it has said its last.
_GRACE = 30.0
# How often, in seconds, a thread that waits looks whether it is still wanted.
_LOOK = 0.2
_START = (
    "import sys; sys.path[:] = {path!r}; "
    "from domainkit.ingestion.worker import main; main({number})"
)
_SETTINGS = "domainkit.toml, [ingestion]"
_REPAIR = "save it anew from its program, or as PDF"
# A process that died while it held so much of what it may hold died of it.
_NEAR = 0.8
_OUT_OF_MEMORY = re.compile(r"MemoryError|bad_alloc|[Oo]ut of memory|(?:Cannot|Failed to) alloc")


def automatic() -> int:
    """Return how many workers this machine can keep busy."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, _MOST)


class Workers:
    """Processes that read files, started when the first file needs one. Close them after use."""

    def __init__(self, setup: Setup, *, count: int = 0) -> None:
        """Prepare; no process starts yet.

        Args:
            setup: what each worker must know.
            count: how many read at once; 0 leaves it to the machine.
        """
        self._setup = setup
        self._threads = ThreadPoolExecutor(count or automatic(), "reading")
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self.closed = False
        self.started = 0

    def begin(self, task: Task) -> Remote:
        """Have ``task`` read when a worker is free; return where its parts will come."""
        reading = Remote(task, self)
        self._threads.submit(self._read, reading)
        return reading

    def read(self, task: Task) -> Remote:
        """Have ``task`` read now, by a worker of its own if all are busy."""
        reading = Remote(task, self)
        threading.Thread(target=self._read, args=(reading,), daemon=True).start()
        return reading

    def close(self) -> None:
        """End every worker, whatever it does."""
        self.closed = True
        with self._lock:
            for process in (*self._idle, *self._busy):
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._idle:
            process.wait()

    def _read(self, reading: Remote, *, fresh: bool = False) -> None:
        try:
            process = self._taken(fresh=fresh)
        except OSError as error:  # the system has no process or memory to give
            reading.put(error)
            return
        if process is None:
            return
        end = process.hear(reading)
        with self._lock:
            self._busy.discard(process)
            if end == "ready" and not self.closed:
                self._idle.append(process)
                return
        process.kill()
        process.wait()
        if end == "again":
            self._read(reading, fresh=True)

    def _taken(self, *, fresh: bool) -> _Process | None:
        """Return a worker that is free, started now if there is none; None once closed."""
        with self._lock:
            if self.closed:
                return None
            if self._idle and not fresh:
                process = self._idle.pop()
            else:
                process = _Process(self._setup)
                self.started += 1
            self._busy.add(process)
            return process


class Remote:
    """A reading by a worker: its parts as they come, and what was not read."""

    def __init__(self, task: Task, workers: Workers) -> None:
        self.task = task
        self.note = ""
        self.seconds = 0.0
        self._workers = workers
        self._dropped = False
        self._frames: Queue[bytes | Exception] = Queue(_WAITING)

    def __iter__(self) -> Iterator[Part]:
        """Yield the parts; raise what the worker raised, or ``ReaderDied``."""
        while True:
            frame = self._frames.get()
            if isinstance(frame, Exception):
                raise frame
            try:
                said = self._said(frame)
            except ValueError:  # whose message may hold what the file says
                raise ReaderDied("what reads it failed (it told nonsense)", hint=_REPAIR) from None
            if isinstance(said, str):
                self.note = said
                return
            yield said

    def _said(self, frame: bytes) -> Part | str:
        """Return a part, or the note after the last; raise what the worker raised.

        A worker that a file has taken over may say anything: what is no part of that file is a
        ValueError.
        """
        if frame[:1] == frames.PART:
            part = frames.part_of(frame)
            if not is_of(part, self.task):
                raise ValueError
            return part
        if frame[:1] == frames.FAILED:
            raise frames.failure_of(frame)
        return frame[1:].decode()

    def drop(self) -> None:
        """Have the worker go on without anyone to hear it."""
        self._dropped = True

    def put(self, frame: bytes | Exception) -> None:
        """Take what a worker said; wait while many parts wait already."""
        while not (self._dropped or self._workers.closed):
            try:
                self._frames.put(frame, timeout=_LOOK)
            except Full:
                continue
            return


class _Process:
    """One worker, from this side."""

    def __init__(self, setup: Setup) -> None:
        ours, theirs = Pipe()
        self._connection: Connection[Any, Any] = ours
        self._limits = setup.limits
        self._errors = TemporaryFile()  # noqa: SIM115 (closed with the process)
        code = _START.format(path=sys.path, number=theirs.fileno())
        self._process = subprocess.Popen(  # noqa: S603 (this very Python)
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._setup = setup
        self._files = 0
        self._said = ""

    def hear(self, reading: Remote) -> Literal["ready", "ended", "again"]:
        """Have a file read, pass on what is said of it, and return what may follow.

        Of a process that has read others before, what those left in it may be why it died: the
        file is then to be read ``again``, by a fresh one.
        """
        started, parts = time.perf_counter(), 0
        try:
            if not self._files:
                self._connection.send(self._setup)
                self._heard(_STARTING)
            self._files += 1
            self._connection.send(reading.task)
            while (frame := self._heard())[:1] in (frames.ALIVE, frames.PART):
                if frame != frames.ALIVE:
                    reading.put(frame)
                    parts += 1
        except TimeoutError:
            self.kill()
            self.wait()
            reading.put(_too_slow(self._limits))
            return "ended"
        except (EOFError, OSError):  # it is gone, or says more than any file may hold
            death = self._death()
            if self._files > 1 and not parts:
                return "again"
            reading.put(death)
            return "ended"
        reading.seconds = time.perf_counter() - started
        reading.put(frame)
        try:
            return "ready" if self._heard() == frames.READY else "ended"
        except (EOFError, OSError):
            return "ended"  # it ends itself when it has grown large

    def kill(self) -> None:
        """End the process and what it started, unless it has ended already."""
        with suppress(ProcessLookupError):
            if self._process.returncode is None:
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until the process has ended; return the most memory it held, in bytes."""
        if self._process.returncode is not None:
            return 0
        patience = time.monotonic() + _GRACE
        pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        while not pid:
            time.sleep(_LOOK / 10)
            if time.monotonic() > patience:
                self.kill()
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._connection.close()
        with self._errors:
            self._errors.seek(0)
            self._said = self._errors.read().decode(errors="replace").strip()
        held: int = usage.ru_maxrss
        return held if sys.platform == "darwin" else held << 10

    def _heard(self, seconds: int = 0) -> bytes:
        if not self._connection.poll(seconds or self._limits.seconds):
            raise TimeoutError
        return self._connection.recv_bytes(self._limits.expanded)

    def _death(self) -> ReaderDied:
        """Return how the process died, as the report says it."""
        held, said = self.wait(), self._said
        _log.info("a worker died: %s", said)
        code = self._process.returncode
        if code == -signal.SIGALRM:
            return _too_slow(self._limits)
        # What the system says a process held begins with what held the one that started it.
        large = held >= _NEAR * self._limits.memory and held > peak()
        if large or _OUT_OF_MEMORY.search(said):
            reason = f"reading it takes more than {self._limits.memory >> 20:,} MiB of memory"
            return ReaderDied(reason, hint=f"split it, or allow more: {_SETTINGS} memory_mib")
        slow = code == -signal.SIGKILL and said  # it had said its last, and was slow to end
        why = said.rpartition("\n")[2] if code >= 0 or slow else signal.Signals(-code).name
        return ReaderDied(f"what reads it failed ({why})", hint=_REPAIR)


def _too_slow(limits: Limits) -> ReaderDied:
    return ReaderDied(
        f"reading it went on for {limits.seconds} s without a page done",
        hint=f"split it, or allow more: {_SETTINGS} seconds",
    )
