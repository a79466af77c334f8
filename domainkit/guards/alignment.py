"""Lays a statement beside the words it was taken from, and says what was changed.

Most of what a small model writes is its source with a few words changed. Then it is those words
that matter: a figure, a name, a "not".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from domainkit.guards.plain import alike
from domainkit.text.language import HAN

_TOKEN = re.compile(
    rf"[{HAN}]|\d+(?:,\d{{3}})+(?:\.\d+)?|[^\W_{HAN}]+(?:[./-][^\W_{HAN}]+)*|[<>≤≥=%‰]"
)
_BETWEEN = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")
# What makes no other word of a word: "tenant's" is of the tenant, 两 is 二.
_ENDING = re.compile(r"['’]s?(?!\w)")


@dataclass(frozen=True, slots=True)
class Change:
    """Words of a statement and what stands in their place in its source; either may be empty.

    ``inside`` says whether kept words stand on both sides.
    """

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """What was changed, and the share of the statement's words that were kept in their place."""

    changes: tuple[Change, ...]
    kept: float


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words, figures and signs of ``text``, each Chinese character for itself."""
    return tuple(_TOKEN.findall(_ENDING.sub("", alike(text))))


def joined(parts: Sequence[str]) -> str:
    """Return tokens as a text again, Chinese without spaces."""
    return _BETWEEN.sub("", " ".join(parts))


def align(statement: str, source: str) -> Alignment:
    """Return how ``statement`` differs from the part of ``source`` it follows."""
    mine, theirs = tokens(statement), tokens(source)
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    changes = [
        Change(mine[a:b], theirs[c:d], inside=a > 0 and b < len(mine))
        for tag, a, b, c, d in matcher.get_opcodes()
        # What the source says before and after is no change of the statement.
        if tag != "equal" and (a < b or 0 < a < len(mine))
    ]
    return Alignment(tuple(changes), kept / len(mine) if mine else 0.0)
