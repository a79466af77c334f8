"""The order every index gives its hits: best first, and equal scores by key."""

from __future__ import annotations

from collections.abc import Callable

from domainkit.types import Hit


def best(fetch: Callable[[int], list[Hit]], k: int) -> list[Hit]:
    """Return the ``k`` best hits, equal scores by key.

    An engine cuts a run of equal scores where it pleases. More are fetched until the run that
    crosses ``k`` is complete, so that the same passages are found in every process and after
    every rebuild.

    Args:
        fetch: returns at most that many hits, best first.
        k: how many are wanted.
    """
    if k < 1:
        return []
    limit = k + 1
    while True:
        hits = fetch(limit)
        if len(hits) < limit or hits[-1].score < hits[k - 1].score:
            return sorted(hits, key=lambda hit: (-hit.score, hit.key))[:k]
        limit *= 2
