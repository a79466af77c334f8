"""Learns the matrix of a ``ProjectedEmbedder``: questions near their passages, far from others.

The loss is the softmax over cosines of ``contrastive``, against all answers of a batch, the
passages the base finds nearest, and some drawn at random. The base stays as it is, so a pass over
a thousand questions takes a second of a processor, where tuning all weights takes minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from domainkit.training.loop import Step

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

Matrix = NDArray[np.float32]
_SCALE = 20.0  # cosines become logits, as in ``contrastive``
_NEAR = 30  # of what the base finds first, wrong answers are drawn; the very first may be unjudged
_DECAY, _DECAY_SQUARE, _TINY = 0.9, 0.999, 1e-8  # Adam's (Kingma and Ba 2015)


@dataclass(frozen=True, slots=True)
class Learning:
    """How long and how fast to learn; chosen on scifact's training claims.

    ``pull`` draws the matrix to zero, where the embedder is its base.
    """

    epochs: int = 20
    batch: int = 128
    near: int = 8
    others: int = 256
    rate: float = 1e-3
    pull: float = 0.02
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Examples:
    """Vectors of questions [n, dim] and passages [m, dim], and which passages answer which.

    ``pairs`` are rows of questions and passages that are learnt; ``answers`` are, by question, all
    rows of passages that never count as wrong.
    """

    questions: Vectors
    passages: Vectors
    pairs: Sequence[tuple[int, int]]
    answers: Sequence[frozenset[int]]


def fit(
    examples: Examples, learning: Learning, *, progress: Callable[[Step], None] | None = None
) -> Matrix:
    """Return the matrix W, float32 of shape [dim, dim], that the pairs of ``examples`` teach."""
    draw = np.random.default_rng(learning.seed)
    near = _near(examples)
    dim = examples.questions.shape[1]
    adam = _Adam(np.zeros((dim, dim), dtype=np.float32), learning.rate)
    batches = -(-len(examples.pairs) // learning.batch)
    started = time.perf_counter()
    for epoch in range(learning.epochs):
        order = draw.permutation(len(examples.pairs))
        for number in range(batches):
            rows = order[number * learning.batch : (number + 1) * learning.batch]
            asked = [examples.pairs[row] for row in rows]
            candidates = _candidates(asked, near, len(examples.passages), learning, draw)
            loss, slope = _slope(examples, asked, candidates, adam.matrix)
            adam.change(slope + 2 * learning.pull * adam.matrix)
            if progress:
                taken = epoch * batches + number + 1
                seconds = time.perf_counter() - started
                progress(Step(taken, learning.epochs * batches, loss, learning.rate, seconds))
    return adam.matrix


def _near(examples: Examples) -> NDArray[np.int64]:
    """Return for each question the passages the base finds nearest and that do not answer it."""
    found = min(_NEAR, len(examples.passages) - 1)
    rows = []
    for vector, answers in zip(examples.questions, examples.answers, strict=True):
        cosines = examples.passages @ vector
        cosines[list(answers)] = -np.inf
        best = np.argpartition(-cosines, found)[:found]
        rows.append(best[np.argsort(-cosines[best], kind="stable")][1:])
    return np.stack(rows)


def _candidates(
    asked: Sequence[tuple[int, int]],
    near: NDArray[np.int64],
    passages: int,
    learning: Learning,
    draw: np.random.Generator,
) -> NDArray[np.int64]:
    """Return rows of passages: the answers of the batch, then those that are told apart."""
    answers = np.array([passage for _, passage in asked])
    rows = np.array([question for question, _ in asked])
    places = draw.integers(0, near.shape[1], size=(len(asked), learning.near))
    nearest = np.take_along_axis(near[rows], places, axis=1).ravel()
    return np.concatenate([answers, nearest, draw.integers(0, passages, size=learning.others)])


def _slope(
    examples: Examples,
    asked: Sequence[tuple[int, int]],
    candidates: NDArray[np.int64],
    matrix: Matrix,
) -> tuple[float, Matrix]:
    """Return the mean loss of a pair and how it changes with the matrix."""
    rows = [question for question, _ in asked]
    before_q, before_p = examples.questions[rows], examples.passages[candidates]
    questions, long_q = _turned(before_q, matrix)
    passages, long_p = _turned(before_p, matrix)
    logits = _SCALE * questions @ passages.T
    for place, row in enumerate(rows):
        also = np.isin(candidates, list(examples.answers[row]))
        also[place] = False
        logits[place, also] = -np.inf
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    own = np.arange(len(asked))
    loss = float(-np.log(likely[own, own].clip(1e-12)).mean())
    likely[own, own] -= 1
    pushed: Matrix = (_SCALE / len(asked) * likely).astype(np.float32)
    slope = before_q.T @ _tangent(pushed @ passages, questions, long_q)
    slope += before_p.T @ _tangent(pushed.T @ questions, passages, long_p)
    return loss, slope


def _turned(vectors: Vectors, matrix: Matrix) -> tuple[Vectors, Vectors]:
    """Return the turned vectors of length 1, and how long they were."""
    turned = vectors + vectors @ matrix
    length = np.linalg.norm(turned, axis=1, keepdims=True).clip(1e-12).astype(np.float32)
    unit: Vectors = turned / length
    return unit, length


def _tangent(slope: Matrix, unit: Vectors, length: Vectors) -> Matrix:
    """Return the slope before vectors were given the length 1."""
    along = (slope * unit).sum(axis=1, keepdims=True)
    tangent: Matrix = (slope - along * unit) / length
    return tangent


class _Adam:
    """A matrix, and how it is changed."""

    def __init__(self, matrix: Matrix, rate: float) -> None:
        self.matrix = matrix
        self._rate = rate
        self._mean = np.zeros_like(matrix)
        self._square = np.zeros_like(matrix)
        self._changes = 0

    def change(self, slope: Matrix) -> None:
        self._changes += 1
        self._mean = _DECAY * self._mean + (1 - _DECAY) * slope
        self._square = _DECAY_SQUARE * self._square + (1 - _DECAY_SQUARE) * slope**2
        mean = self._mean / (1 - _DECAY**self._changes)
        square = self._square / (1 - _DECAY_SQUARE**self._changes)
        self.matrix = self.matrix - self._rate * mean / (np.sqrt(square) + _TINY)
