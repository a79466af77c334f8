"""Holds one engine against another that runs the same model with the same adapter.

Texts are no measure: with the rows of q and k in the wrong order, a tuned SmolLM2 still wrote the
same greedy answer, while its log-probabilities were 1.2 apart instead of 0.07.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domainkit.errors import GateFailed

# Mean absolute difference of the log-probabilities of the reference's 20 likeliest tokens. One
# model in one precision differs by rounding alone; one quantised to 4 bits by .07 (SmolLM2 Q4_1).
MERGED, QUANTISED = 1e-3, 0.15


class Engine(Protocol):
    """What can be asked for the likeliest next tokens."""

    @property
    def id(self) -> str:
        """Engine and model."""

    def next_tokens(
        self, ids: Sequence[int], *, adapter: str | None = None, best: int = 20
    ) -> dict[int, float]:
        """Return the likeliest next tokens after ``ids`` with their log-probabilities."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far two engines are apart over some prompts, in natural-log probability."""

    prompts: int
    mean: float
    worst: float
    same_first: int

    def require(self, limit: float, what: str) -> None:
        """Refuse what is further apart than ``limit`` on average.

        Raises:
            GateFailed: naming ``what`` was compared.
        """
        if self.mean > limit:
            raise GateFailed(
                f"{what}: log-probabilities are {self.mean:.3f} apart, {limit:g} is allowed",
                hint="export the adapter anew, and check that both engines run the same base",
            )


def compare(
    reference: Engine,
    other: Engine,
    prompts: Iterable[Sequence[int]],
    *,
    adapter: str | None = None,
    best: int = 20,
) -> Parity:
    """Return how far ``other`` is from ``reference`` on prompts of token ids.

    A token that ``other`` does not have among its likeliest counts as far as the last it has.
    """
    gaps: list[float] = []
    same = asked = 0
    for ids in prompts:
        wanted = reference.next_tokens(ids, adapter=adapter, best=best)
        found = other.next_tokens(ids, adapter=adapter, best=4 * best)
        gaps += [gap(value, token, found) for token, value in wanted.items()]
        same += max(wanted, key=wanted.__getitem__) == max(found, key=found.__getitem__)
        asked += 1
    return Parity(asked, sum(gaps) / len(gaps), max(gaps), same) if gaps else Parity(0, 0, 0, 0)


def gap(value: float, token: int, found: Mapping[int, float]) -> float:
    """Return how far ``found`` has ``token`` from ``value``."""
    return abs(value - found.get(token, min(found.values())))
