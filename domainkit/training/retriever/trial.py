"""Whether the tuned embedder finds what was asked better than the one it was tuned from."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domainkit.protocols import Embedder
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.training.retriever.material import Material, Pair

# What an embedder is tried on: of the pairs, a fifth of the groups; of the passages, those that
# answer, the likeliest by words, and others up to so many. Enough to tell .02 of nDCG apart on a
# few hundred questions, and encoded twice in a minute or two on 2 cores.
_HELD_BACK = 0.2
_POOL = 2000
_LIKELY = 20
_QUESTIONS = 400
_RANKS = 10
_FLIPS = 10_000
CERTAIN = 0.05  # the greatest p-value that still counts as better


@dataclass(frozen=True, slots=True)
class Trial:
    """nDCG@10 by vectors alone on the questions held back, before and after.

    ``p`` is the chance that as great a gain comes from nothing: a one-sided test that flips the
    sign of each question's difference.
    """

    questions: int
    passages: int
    before: float
    after: float
    p: float

    @property
    def better(self) -> bool:
        """Whether the gain is there and is not chance."""
        return self.after > self.before and self.p < CERTAIN


def split(pairs: Sequence[Pair], *, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs to train on and those held back; no group is in both.

    Questions people wrote are held back where there are any; what is made from documents stands
    in for them elsewhere.
    """
    judged = [pair for pair in pairs if pair.judged]
    tried = {p.group for p in judged or pairs if _share(f"{seed}:{p.group}") < _HELD_BACK}
    held = [pair for pair in judged or pairs if pair.group in tried]
    return [pair for pair in pairs if pair.group not in tried], held


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def compare(
    material: Material,
    held: Sequence[Pair],
    embedders: tuple[Embedder, Embedder],
    cache: VectorCache,
    *,
    seed: int,
) -> Trial:
    """Return how both embedders rank the passages for the questions of ``held``."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    asked = {pair.question: pair for pair in held}
    chosen = draw.sample(sorted(asked), min(_QUESTIONS, len(asked)))
    tried = [asked[question] for question in chosen]
    pool = _pool(material, tried, draw)
    found = [_ndcg(embedder, tried, pool, material.texts, cache) for embedder in embedders]
    gains = np.array(found[1]) - np.array(found[0])
    return Trial(
        questions=len(tried),
        passages=len(pool),
        before=float(np.mean(found[0])),
        after=float(np.mean(found[1])),
        p=_chance(gains, seed),
    )


def _pool(material: Material, tried: Sequence[Pair], draw: random.Random) -> list[str]:
    """Return the names of the passages that are ranked."""
    names = dict.fromkeys(name for pair in tried for name in sorted(pair.answers))
    for pair in tried:
        names.update(dict.fromkeys(material.search(pair.question, _LIKELY)))
    others = sorted(material.texts.keys() - names.keys())
    more = max(0, min(_POOL - len(names), len(others)))
    return [*names, *draw.sample(others, more)]


def _ndcg(
    embedder: Embedder,
    tried: Sequence[Pair],
    pool: Sequence[str],
    texts: Mapping[str, str],
    cache: VectorCache,
) -> list[float]:
    passages = cache.encode(embedder, [texts[name] for name in pool], role="passage")
    questions = embedder.encode([pair.question for pair in tried], role="query")
    discounts = 1 / np.log2(np.arange(2, _RANKS + 2))
    scores = []
    for pair, row in zip(tried, questions @ passages.T, strict=True):
        best = np.argsort(-row, kind="stable")[:_RANKS]
        gains = np.array([pool[place] in pair.answers for place in best], dtype=float)
        ideal = discounts[: min(_RANKS, len(pair.answers))].sum()
        scores.append(float((gains * discounts[: len(gains)]).sum() / ideal))
    return scores


def _chance(gains: np.typing.NDArray[np.float64], seed: int) -> float:
    """Return the share of random signs that give at least the gain that was found."""
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(_FLIPS, len(gains)))
    reached = (signs @ gains >= gains.sum() - 1e-9).sum()
    return float((reached + 1) / (_FLIPS + 1))
