"""Fits the models that guards judge by where words alone do not suffice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from domainkit.guards.linear import SIZE, Linear, Weights, features
from domainkit.text import detect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from domainkit.guards.linear import Floats

PENALTY = 2e-5  # on weights; of 1e-5, 3e-5, 1e-4 and 3e-4 the best in five folds
_NEVER = -30.0  # the log odds of what no text was learned from
_STEPS = 500  # of Nesterov's gradient; 4 times as many change no figure
VECTOR = 2.0  # what a vector counts beside the words; 1 and 4 are worse in five folds


class Texts:
    """Texts as a fit sees them: a sparse matrix of words, and vectors."""

    def __init__(self, texts: Sequence[str], vectors: Floats | None) -> None:
        """Read ``texts``; ``vectors`` stand beside them or are None."""
        found = [features(text) for text in texts]
        self.rows = np.repeat(np.arange(len(found)), [len(places) for places, _ in found])
        self.places = np.concatenate([places for places, _ in found])
        self.values = np.concatenate([values for _, values in found])
        self.vectors = None if vectors is None else vectors * VECTOR
        self.count = len(found)

    def scores(self, weights: Weights) -> NDArray[np.float64]:
        """Return the log odds of each text."""
        terms = self.values * weights.words[self.places]
        total = np.bincount(self.rows, terms, self.count) + weights.bias
        if self.vectors is not None and weights.vector is not None:
            total = total + self.vectors @ weights.vector
        return np.asarray(total, dtype=np.float64)

    def slope(self, error: NDArray[np.float64], weights: Weights) -> Weights:
        """Return the gradient of the loss whose derivative by each log odds is ``error``."""
        words = np.bincount(self.places, self.values * error[self.rows], SIZE)
        vector = None
        if self.vectors is not None and weights.vector is not None:
            vector = error @ self.vectors + PENALTY * weights.vector
        return Weights(words + PENALTY * weights.words, float(error.sum()), vector)


def fit(
    texts: Sequence[str],
    wanted: Sequence[bool],
    *,
    importance: Sequence[float],
    vectors: Floats | None = None,
) -> Weights:
    """Return the weights that make ``wanted`` likeliest; both classes count alike in all.

    Args:
        texts: what to learn from.
        wanted: whether each is what the model looks for.
        importance: how much each counts within its class.
        vectors: of the texts, where the model is to have them.
    """
    known = Texts(texts, vectors)
    truth = np.array(wanted, dtype=np.float64)
    share = np.array(importance, dtype=np.float64)
    for side in (0.0, 1.0):
        share[truth == side] /= 2 * share[truth == side].sum()
    size = 0 if vectors is None else vectors.shape[1]
    now = np.zeros(SIZE + 1 + size)
    before, momentum = now.copy(), 1.0
    steepest = 0.25 * (2 + (VECTOR**2 if size else 0)) * float(share.max()) * known.count
    rate = 1 / min(steepest, 0.25 * (2 + VECTOR**2) + PENALTY)
    for _ in range(_STEPS):
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = now + (momentum - 1) / following * (now - before)
        weights = _split(ahead, size)
        error = share * (1 / (1 + np.exp(-known.scores(weights))) - truth)
        before, now, momentum = now, ahead - rate * _joined(known.slope(error, weights)), following
    made = _split(now, size)
    if made.vector is None:
        return Weights(made.words.astype(np.float32), made.bias)
    return Weights(
        made.words.astype(np.float32), made.bias, (made.vector * VECTOR).astype(np.float32)
    )


def fitted(
    texts: Sequence[str],
    wanted: Sequence[bool],
    vectors: Floats,
    *,
    importance: Sequence[float],
    embedder: str,
    report: dict[str, object],
) -> Linear:
    """Return the model: words alone, words with vectors, and Chinese from its own texts."""
    chinese = [i for i, text in enumerate(texts) if detect(text) == "zh"]
    others = [i for i, text in enumerate(texts) if detect(text) != "zh"]

    def part(of: list[int], vectors: Floats | None = None) -> Weights:
        if not of:
            return Weights(np.zeros(SIZE, dtype=np.float32), _NEVER)
        return fit(
            [texts[i] for i in of],
            [wanted[i] for i in of],
            importance=[importance[i] for i in of],
            vectors=vectors,
        )

    return Linear(part(others), part(others, vectors[others]), part(chinese), embedder, report)


def _split(flat: NDArray[np.float64], size: int) -> Weights:
    return Weights(flat[:SIZE], float(flat[SIZE]), flat[SIZE + 1 :] if size else None)  # type: ignore[arg-type]


def _joined(weights: Weights) -> NDArray[np.float64]:
    vector = np.empty(0) if weights.vector is None else weights.vector
    return np.concatenate((weights.words, np.array([weights.bias]), vector)).astype(np.float64)
