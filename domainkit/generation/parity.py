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
# model in one precision differs by rounding alone; in llama.cpp, whose keys and values have 16
# bits, by .001 at most (all families of `models matrix`); one of 4 bits by .07 (SmolLM2 Q4_1).
MERGED, ROUNDED, QUANTISED = 1e-3, 0.01, 0.15
_MORE = 4  # times as many are asked of the other, which may rank them otherwise


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
    prompts: Sequence[Sequence[int]],
    *,
    adapter: str | None = None,
    best: int = 20,
) -> Parity:
    """Return how far ``other`` is from ``reference`` on prompts of token ids, both at hand."""
    wanted = told(reference, prompts, adapter=adapter, best=best)
    return between(wanted, told(other, prompts, adapter=adapter, best=_MORE * best))


def told(
    engine: Engine, prompts: Iterable[Sequence[int]], *, adapter: str | None = None, best: int = 20
) -> list[dict[int, float]]:
    """Return what ``engine`` says follows each of ``prompts``, to be compared once it is gone."""
    return [engine.next_tokens(ids, adapter=adapter, best=best) for ids in prompts]


def between(
    reference: Sequence[Mapping[int, float]], other: Sequence[Mapping[int, float]]
) -> Parity:
    """Return how far ``other`` is from ``reference``, prompt by prompt.

    A token that ``other`` does not have among its likeliest counts as far as the last it has.
    """
    gaps: list[float] = []
    same = 0
    for wanted, found in zip(reference, other, strict=True):
        gaps += [gap(value, token, found) for token, value in wanted.items()]
        same += max(wanted, key=wanted.__getitem__) == max(found, key=found.__getitem__)
    if not gaps:
        return Parity(0, 0, 0, 0)
    return Parity(len(reference), sum(gaps) / len(gaps), max(gaps), same)


def same_tokens(reference: Sequence[int], found: Sequence[int], what: str) -> None:
    """Refuse a prompt that is read as other tokens than in training.

    Raises:
        GateFailed: naming ``what`` was read and the first token that differs.
    """
    if list(reference) != list(found):
        pairs = zip(reference, found, strict=False)
        shorter = min(len(reference), len(found))
        at = next((n for n, (a, b) in enumerate(pairs) if a != b), shorter)
        raise GateFailed(
            f"{what}: a prompt is read as other tokens than in training, from token {at} on "
            f"({len(found)} tokens, {len(reference)} in training)",
            hint="export anew: its chat template or its words are not those of the base",
        )


def gap(value: float, token: int, found: Mapping[int, float]) -> float:
    """Return how far ``found`` has ``token`` from ``value``."""
    return abs(value - found.get(token, min(found.values())))
