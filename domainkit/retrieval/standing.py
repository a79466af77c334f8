"""Decides between passages that answer alike: a statute comes before an ordinance.

What an owner's documents say they are (``authority``) is held against the ranks of the pack. Ranks
only break ties: evidence that answers better comes first, whatever its rank.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from domainkit.store.documents import Store
from domainkit.store.queries import AUTHORITIES
from domainkit.text.analysis import fold
from domainkit.types import Passage

# Scores that fall into one step of this width are alike. Turning the order within every step round
# leaves nDCG@10 of scifact at .750 (.750 as ranked); steps of .02 make it .745, of .005 .747.
_ALIKE = 0.01

Item = TypeVar("Item")
Found = tuple[Passage, tuple[Item, float]]


class Ranks:
    """The ranks of a pack, the highest first.

    Args:
        store: knows what each document says it is.
        ranks: how such words begin: "randomised" stands for every kind of randomised trial, and
            the longest that fits counts.
    """

    def __init__(self, store: Store, ranks: Sequence[str]) -> None:
        self._store = store
        self._ranks = {fold(rank): place for place, rank in enumerate(ranks)}

    def ordered(self, found: Sequence[Found[Item]]) -> list[Found[Item]]:
        """Return what was found, best first; of what is alike the higher rank first.

        Args:
            found: passages, each with its key and its score, best first.
        """
        if not self._ranks:
            return list(found)
        ids = json.dumps(sorted({passage.document_id for passage, _ in found}))
        ranks = {i: self._rank(said) for i, said in self._store.fetched(AUTHORITIES, ids)}
        last = len(self._ranks)

        def standing(one: Found[Item]) -> tuple[int, int]:
            passage, (_, score) = one
            return -round(score / _ALIKE), ranks.get(passage.document_id, last)

        return sorted(found, key=standing)

    def _rank(self, authority: str) -> int:
        """Return the place of an authority among the ranks; behind the last where it has none."""
        said = fold(authority)
        fitting = [rank for rank in self._ranks if said.startswith(rank)]
        return self._ranks[max(fitting, key=len)] if fitting else len(self._ranks)
