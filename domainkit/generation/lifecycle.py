"""Which adapter of an assistant is active: candidate, then active, then retired.

``adapters/history.jsonl`` holds one line a change and is only ever added to, so that it says which
adapter wrote on which day. What is active is what its lines add up to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from domainkit.errors import ModelError

FILE = "history.jsonl"
BASE = "base"  # what stands for no adapter where one may be named

Act = Literal["activate", "retire", "rollback"]
State = Literal["candidate", "active", "retired"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history: what was done when, and to which adapter."""

    at: datetime
    act: Act
    name: str


class Lifecycle:
    """The history of the adapters in a folder.

    ``default`` is what answers before anything is said: the adapter that a pack brings. What was
    said of it, such as that it is retired, is a line of the history like any other.
    """

    def __init__(self, folder: Path, *, default: str | None = None) -> None:
        self._path = folder / FILE
        self._default = default

    def history(self) -> list[Change]:
        """Return every change, oldest first.

        Raises:
            ModelError: when a line cannot be read.
        """
        return list(self._read())

    @property
    def active(self) -> str | None:
        """The adapter that answers where none is named; None is the base alone."""
        return self.stack[-1] if self.stack else None

    @property
    def stack(self) -> list[str]:
        """The adapters a rollback would go through, the active one last."""
        stack = [self._default] if self._default else []
        for change in self.history():
            stack = [name for name in stack if name != change.name]
            if change.act == "activate":
                stack.append(change.name)
        return stack

    def state(self, name: str) -> State:
        """Return where ``name`` stands; one that was never active is a candidate."""
        if name == self.active:
            return "active"
        said = any(change.name == name for change in self.history())
        return "retired" if said else "candidate"

    def activate(self, name: str, *, now: datetime) -> None:
        """Make ``name`` the adapter that answers; the one before it is retired."""
        if self.active != name:
            self._add("activate", name, now)

    def retire(self, name: str, *, now: datetime) -> None:
        """Take ``name`` out of use for good: a rollback does not come back to it."""
        self._add("retire", name, now)

    def rollback(self, *, now: datetime) -> str | None:
        """Retire the active adapter and return what answers in its place, as before it.

        Raises:
            ModelError: when none is active.
        """
        if (current := self.active) is None:
            raise ModelError(
                f"{self._path.parent}: no adapter is active, so there is nothing to go back from",
                hint="domainkit adapters list",
            )
        self._add("rollback", current, now)
        return self.active

    def _add(self, act: Act, name: str, now: datetime) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": now.isoformat(timespec="seconds"), "act": act, "name": name})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> Iterator[Change]:
        if not self._path.is_file():
            return
        for number, line in enumerate(self._path.read_text("utf-8").splitlines(), start=1):
            try:
                said = json.loads(line)
                yield Change(datetime.fromisoformat(said["at"]), said["act"], said["name"])
            except (ValueError, KeyError, TypeError) as error:
                raise ModelError(
                    f"{self._path}:{number}: not a line of the adapters' history",
                    hint="mend the line or remove it, then: domainkit adapters list",
                ) from error
