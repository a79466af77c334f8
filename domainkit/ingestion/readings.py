"""Where files are read: small texts in this process, all others by workers, before their turn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from domainkit.ingestion.options import Options
from domainkit.ingestion.parsing import Parser, Reading, Task
from domainkit.ingestion.profile import Profiles

if TYPE_CHECKING:
    from domainkit.ingestion.workers import Remote, Workers

# Windows has neither the limits nor the sockets that workers need: files are read here.
ISOLATED = sys.platform != "win32"


class Readings:
    """Has files read. Close it after use: that ends the workers it started."""

    def __init__(self, profiles: Profiles, options: Options) -> None:
        self._profiles = profiles
        self._options = options
        self._here = Parser(profiles, passwords=options.passwords, mask=options.mask)
        self._made: Workers | None = None
        self._begun: dict[Path, Remote | None] = {}

    def begin(self, task: Task) -> None:
        """Have a worker begin with ``task``, if a worker is to read it."""
        remote = not self._reads(task.path)
        self._begun[task.path] = self._workers().begin(task) if remote else None

    def of(self, task: Task) -> Reading:
        """Return the reading of ``task``, begun before or now."""
        known = task.path in self._begun
        begun = self._begun.pop(task.path, None)
        if begun is not None:
            if begun.task == task:
                return begun
            begun.drop()
        elif known or self._reads(task.path):
            return self._here.read(task)
        return self._workers().read(task)

    def skip(self, path: Path) -> None:
        """Let go of what was begun of ``path``: nobody will ask for it."""
        if (begun := self._begun.pop(path, None)) is not None:
            begun.drop()

    def close(self) -> None:
        """End the workers."""
        if self._made is not None:
            self._made.close()

    def _reads(self, path: Path) -> bool:
        """Return whether this process reads ``path`` itself."""
        return not ISOLATED or self._here.is_light(path)

    def _workers(self) -> Workers:
        if self._made is None:
            from domainkit.ingestion.worker import Setup
            from domainkit.ingestion.workers import Workers

            given = self._options
            setup = Setup(self._profiles, given.passwords, given.limits, given.mask)
            self._made = Workers(setup, count=given.workers)
        return self._made
