"""How alike two texts are, and a sketch of a text by which the few that are alike are found.

A text is the set of its stretches of ``STRETCH`` letters, spaces and punctuation left out: the
same text from a PDF and from a Word file gives the same set. Two texts are as alike as the share
of their stretches that both have (Jaccard). A sketch keeps the least hash in each of 64 classes
(one-permutation MinHash, Li, Owen and Zhang 2012), and ten bands of six of them: texts that are
.8 alike share a band in 95 of 100 cases, .9 alike in 999 of 1,000, .1 alike in one of 100,000.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

# Measured on real files (benchmarks/results/alike.md): the same text in another format is 1.0
# alike, with one English word in fifty replaced .92, with one Chinese character in a hundred .87;
# of what is not the same text, the most alike pair is at .61, two versions of a statute at .48.
# Stretches of 12 letters set these apart less well.
STRETCH = 8
ALIKE = 0.8
# Shorter texts are left alone: a few words in common would make them alike.
LEAST = 200

_CLASSES, _BANDS, _ROWS = 64, 10, 6
# A sketch says how alike two texts are to within .15 in 99 of 100 cases.
_SLACK = 0.15
# Spaces and punctuation are skipped, but not what tells figures apart: "1.5" is not "15".
_SKIPPED = re.compile(r"(?:[.,/-](?!\d)|(?<!\d)[.,/-]|[^\w.,/<>=≤≥±%-]|_)+")
_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two texts are, and how many letters of each do not stand in the other."""

    likeness: float
    only_here: int
    only_there: int


def sketch(text: str, *, least: int = LEAST) -> NDArray[np.uint64] | None:
    """Return the sketch of ``text``; None for a text of fewer than ``least`` stretches."""
    hashes = np.unique(_stretches(_letters(text)))
    if len(hashes) < least:
        return None
    classes = np.arange(_CLASSES, dtype=np.uint64)
    first = np.searchsorted(hashes, classes << np.uint64(64 - 6))
    filled = np.flatnonzero(np.append(first[1:], len(hashes)) > first)
    # An empty class takes what the next filled one has, told apart by how far that is.
    source = filled[np.searchsorted(filled, classes) % len(filled)]
    distance = (source.astype(np.uint64) - classes) % np.uint64(_CLASSES)
    return np.asarray(hashes[first[source]] + distance * _BASE, dtype=np.uint64)


def bands(sketch: Hashes) -> list[int]:
    """Return the bands of a sketch, as numbers SQLite can hold."""
    rows = sketch[: _BANDS * _ROWS].reshape(_BANDS, _ROWS)
    mixed = np.arange(1, _BANDS + 1, dtype=np.uint64) * _BASE
    for column in rows.T:
        mixed = _mixed(mixed * _BASE + column)
    return [int(band) for band in mixed.view(np.int64)]


def may_be_alike(one: Hashes, other: Hashes) -> bool:
    """Return whether texts of these sketches are worth comparing."""
    return bool(np.mean(one == other) >= ALIKE - _SLACK)


def compare(one: str, other: str) -> Comparison:
    """Return how alike two texts are."""
    here, there = _letters(one), _letters(other)
    hashes_here, hashes_there = _stretches(here), _stretches(there)
    set_here, set_there = np.unique(hashes_here), np.unique(hashes_there)
    shared = np.intersect1d(set_here, set_there, assume_unique=True)
    either = len(set_here) + len(set_there) - len(shared)
    return Comparison(
        likeness=len(shared) / either if either else 1.0,
        only_here=_uncovered(len(here), hashes_here, shared),
        only_there=_uncovered(len(there), hashes_there, shared),
    )


def letters(text: str) -> str:
    """Return what of ``text`` counts when texts are compared."""
    return _SKIPPED.sub("", text.casefold())


def _letters(text: str) -> NDArray[np.uint64]:
    encoded = letters(text).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(encoded, dtype="<u4").astype(np.uint64)


def _stretches(codes: NDArray[np.uint64]) -> Hashes:
    """Return a hash for the stretch that begins at each letter."""
    count = max(0, len(codes) - STRETCH + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(STRETCH):
        hashes = hashes * _BASE + codes[offset : offset + count]
    return _mixed(hashes)


def _mixed(hashes: Hashes) -> Hashes:
    """Spread the bits (the finaliser of SplitMix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def _uncovered(length: int, hashes: Hashes, shared: Hashes) -> int:
    """Return how many letters stand in no stretch that both texts have."""
    covered = np.zeros(length + 1, dtype=np.int64)
    starts = np.flatnonzero(np.isin(hashes, shared))
    np.add.at(covered, starts, 1)
    np.add.at(covered, starts + STRETCH, -1)
    return int(np.count_nonzero(np.cumsum(covered[:-1]) == 0))
