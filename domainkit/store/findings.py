"""What an examination of an assistant found amiss."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something amiss: where, what, in how many cases, what mends it and whether that was done."""

    place: str
    problem: str
    remedy: str
    number: int = 1
    mended: bool = False
