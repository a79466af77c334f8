"""What is wrong with a pack, as ``file:key: problem``, and the error that carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domainkit.errors import PackError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of one file; ``key`` is dotted and empty where the whole file is meant."""

    file: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.key}: {self.text}" if self.key else f"{self.file}: {self.text}"


class PackProblems(PackError):
    """A pack cannot be used. The message is its first problem; ``problems`` are all of them."""

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}", hint=hint)
        self.problems = tuple(problems)
