"""The passages beside the best ones, in the same works: they may answer and not be found.

A passage that says how a disease is inherited need not name it; the one before it does.
"""

from __future__ import annotations

from collections.abc import Mapping

from domainkit.retrieval.ranker import NEAR, WORKS, work
from domainkit.retrieval.scope import passes
from domainkit.store.documents import Store
from domainkit.types import Filter, Passage


def siblings(store: Store, best: Mapping[int, Passage], filter: Filter) -> dict[int, Passage]:
    """Return what stands beside the best passage of each of the best works, in the same work.

    Args:
        store: holds the passages.
        best: passages by key, best first; they are left out.
        filter: what may be found.
    """
    first: dict[str, int] = {}
    for key, passage in best.items():
        if len(first) < WORKS:
            first.setdefault(work(passage.title), key)
    near = {
        key: name
        for name, center in first.items()
        for key in range(center - NEAR, center + NEAR + 1)
        if key not in best
    }
    titles = store.titles(list(near))
    same = [key for key, title in titles.items() if work(title) == near[key]]
    found = store.placed(same) if same else ()
    return {entry.key: entry.passage for entry in found if passes(entry, filter)}
