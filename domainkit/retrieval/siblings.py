"""The passages beside the best ones, in the same works: they may answer and not be found.

A passage that says how a disease is inherited need not name it; the one before it does.
"""

from __future__ import annotations

from collections.abc import Mapping

from domainkit.retrieval.ranker import CHOICE, NEAR, WORKS, Titled, work
from domainkit.store.documents import Store


def siblings(store: Store, best: Mapping[int, Titled]) -> dict[int, Titled]:
    """Return what stands beside the best passage of each of the best works, in the same work.

    Args:
        store: holds the passages.
        best: title and document of passages by key, best first; they are left out.

    Returns:
        Title and document by key, whatever a filter would let be found.
    """
    first: dict[str, int] = {}
    for key, (title, _) in best.items():
        if len(first) < WORKS:
            first.setdefault(work(title), key)
    next_to = _same(store, first, 1)
    # Most collections have no such works, and a look at the next keys tells.
    if len({work(title) for title, _ in next_to.values()}) < CHOICE:
        return {}
    beside = _same(store, first, NEAR)
    return {key: titled for key, titled in beside.items() if key not in best}


def _same(store: Store, centers: Mapping[str, int], reach: int) -> dict[int, Titled]:
    """Return the titles within ``reach`` of the key of each work that are of that work."""
    near = {
        key
        for center in centers.values()
        for key in range(center - reach, center + reach + 1)
        if key != center
    }

    def is_of(title: str, key: int) -> bool:
        center = centers.get(work(title))
        return center is not None and abs(key - center) <= reach

    titles = store.titles(sorted(near))
    return {key: titled for key, titled in titles.items() if is_of(titled[0], key)}
