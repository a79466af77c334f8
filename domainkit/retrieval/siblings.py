"""The passages beside the best ones, in the same works: they may answer and not be found.

A passage that says how a disease is inherited need not name it; the one before it does.
"""

from __future__ import annotations

from collections.abc import Mapping

from domainkit.retrieval.ranker import NEAR, WORKS, work
from domainkit.store.documents import Store


def siblings(store: Store, best: Mapping[int, str]) -> dict[int, str]:
    """Return what stands beside the best passage of each of the best works, in the same work.

    Args:
        store: holds the passages.
        best: titles of passages by key, best first; they are left out.

    Returns:
        Titles by key, whatever a filter would let be found.
    """
    first: dict[str, int] = {}
    for key, title in best.items():
        if len(first) < WORKS:
            first.setdefault(work(title), key)
    near = {
        key: name
        for name, center in first.items()
        for key in range(center - NEAR, center + NEAR + 1)
        if key not in best
    }
    titles = store.titles(list(near))
    return {key: title for key, title in titles.items() if work(title) == near[key]}
