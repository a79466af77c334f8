"""A passage counts more when the one before or after it was found as well.

Articles of a statute share a subject with those beside them, which a short article often does not
name itself. Passages of different works share nothing by standing side by side: without looking at
the work, nDCG@10 of stard_zh rises from .443 to .462 and that of zh_medical_qa falls from .232 to
.215; with it the first rises to .470 and the other stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from domainkit.types import Passage

# "民法典第四百六十七条": records of one article each belong to one work, named before the number.
_ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千\d]+[编章节条款].*$")


def lifted(
    scores: Mapping[int, float],
    weight: float,
    passages: Callable[[Sequence[int]], Mapping[int, Passage]],
) -> dict[int, float]:
    """Return ``scores`` by key, each with ``weight`` times the better of its neighbours' scores.

    Neighbours are passages of one work whose keys are one apart: stored one after the other.

    Args:
        scores: by key.
        weight: what a neighbour counts; 0 looks nothing up.
        passages: gives the passages of keys.
    """
    if not weight:
        return dict(scores)
    close = [key for key in scores if key - 1 in scores or key + 1 in scores]
    works = {key: _work(passage) for key, passage in passages(close).items()}

    def beside(key: int) -> float:
        sides = (key - 1, key + 1)
        found = (scores[s] for s in sides if s in works and works[s] == works.get(key))
        return max(found, default=0.0)

    return {key: score + weight * beside(key) for key, score in scores.items()}


def _work(passage: Passage) -> str:
    """Return what the passage is a part of: the work its title names, else its document."""
    named = _ARTICLE.sub("", passage.title)
    return named if named and named != passage.title else passage.document_id
