"""A matrix over an embedder's vectors is learnt, tried, kept, opened again, and switched to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from domainkit.assistant import embedding
from domainkit.errors import ModelError, TrainingError
from domainkit.models import tuned
from domainkit.protocols import DerivedEmbedder
from domainkit.retrieval import projection as matrices
from domainkit.retrieval.projection import ProjectedEmbedder
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.testing import HashEmbedder
from domainkit.training.retriever import projecting
from domainkit.training.retriever.material import Material, Pair
from domainkit.training.retriever.projection import Examples, Learning, _slope, fit

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECTS = ["heart", "liver", "kidney", "spleen", "lung", "skin", "eye", "bone", "nerve", "blood"]
KINDS = ["pain", "swelling", "fever", "bleeding", "itching", "weakness", "redness", "cough"]


class Counting(HashEmbedder):
    """Counts the texts that were encoded."""

    encoded = 0

    def encode(self, texts: Sequence[str], **given: object) -> np.ndarray:
        self.encoded += len(texts)
        return super().encode(texts, **given)  # type: ignore[arg-type]


def lay() -> Material:
    """Questions that share no word with the passages which answer them, but are consistent."""
    texts = {f"{s}/{k}": f"{s}itis with {k}osis" for s in SUBJECTS for k in KINDS}
    pairs = tuple(
        Pair(f"my {s} has {k}", texts[f"{s}/{k}"], frozenset([f"{s}/{k}"]), f"{s}/{k}")
        for s in SUBJECTS
        for k in KINDS
    )
    return Material(pairs, texts, lambda question, k: list(texts)[:k])


def test_questions_learn_the_words_of_the_passages(tmp_path: Path) -> None:
    base = Counting(dim=128)
    steps: list[object] = []
    made = projecting.run(
        lay(),
        base,
        of="hash",
        name="hash-tuned",
        embedders=tmp_path,
        now=NOW,
        learning=Learning(epochs=60, batch=16, pull=0.0),
        progress=steps.append,
    )
    assert made.trial.after > made.trial.before + 0.1
    assert made.trial.better
    assert len(steps) == 60 * 5  # learnt from all pairs once the trial is over
    said = tuned.card(tmp_path / "hash-tuned")
    assert said["of"] == "hash"
    assert said["id"].startswith("hash-tuned@")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".runs") == ["hash-tuned"]
    with pytest.raises(TrainingError, match="is there already"):
        projecting.run(lay(), base, of="hash", name="hash-tuned", embedders=tmp_path, now=NOW)


def test_the_slope_is_that_of_the_loss() -> None:
    draw = np.random.default_rng(0)

    def unit(rows: int) -> np.ndarray:
        vectors = draw.normal(size=(rows, 6))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    examples = Examples(unit(3), unit(8), [(0, 0), (1, 1), (2, 2)], [{0, 3}, {1}, {2}])  # type: ignore[list-item]
    candidates = np.array([0, 1, 2, 3, 4, 7])
    matrix = draw.normal(scale=0.1, size=(6, 6))
    _, slope = _slope(examples, examples.pairs, candidates, matrix)
    for place in [(0, 0), (2, 4), (5, 1)]:
        moved = np.zeros((6, 6))
        moved[place] = 1e-2
        above, _ = _slope(examples, examples.pairs, candidates, matrix + moved)
        below, _ = _slope(examples, examples.pairs, candidates, matrix - moved)
        assert slope[place] == pytest.approx((above - below) / 2e-2, rel=0.02, abs=1e-3)


def test_the_same_pairs_teach_the_same_matrix() -> None:
    draw = np.random.default_rng(1)
    vectors = draw.normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    examples = Examples(
        vectors[:10],
        vectors[10:],
        [(n, n) for n in range(10)],
        [frozenset([n]) for n in range(10)],
    )
    first, second = (fit(examples, Learning(epochs=2, batch=4)) for _ in range(2))
    assert first.dtype == np.float32
    assert np.array_equal(first, second)
    assert not np.array_equal(first, fit(examples, Learning(epochs=2, batch=4, seed=1)))


def test_a_projection_is_opened_again_over_its_base(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(scale=0.1, size=(64, 64)).astype(np.float32)
    folder = tmp_path / "mine"
    folder.mkdir()
    matrices.save(folder, matrix)
    (folder / tuned.CARD).write_text('{"of": "hash", "cosine_floor": 0.25}')
    opened = embedding.tuned_embedder(folder)
    made = ProjectedEmbedder(HashEmbedder(), matrix, name="mine")
    assert opened.id == made.id
    assert opened.cosine_floor == 0.25  # type: ignore[attr-defined]
    assert isinstance(opened, DerivedEmbedder)
    vectors = opened.encode(["one text", "another"], role="query")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.allclose(vectors, made.encode(["one text", "another"], role="query"))
    other = ProjectedEmbedder(HashEmbedder(), matrix * 2, name="mine")
    assert other.id != made.id


def test_no_matrix_and_one_of_other_dimensions_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / tuned.CARD).write_text('{"of": "hash"}')
    with pytest.raises(ModelError, match=r"projection\.npy cannot be read.*train retriever"):
        embedding.tuned_embedder(folder)
    matrices.save(folder, np.zeros((3, 3), dtype=np.float32))
    with pytest.raises(ModelError, match=r"\(3, 3\).*hash-64 makes vectors of 64"):
        embedding.tuned_embedder(folder)


def test_what_the_base_encoded_is_not_encoded_again(tmp_path: Path) -> None:
    base = Counting()
    cache = VectorCache(tmp_path / "encoded.sqlite")
    cache.encode(base, ["one", "two"], role="passage")
    turned = ProjectedEmbedder(base, np.zeros((64, 64), dtype=np.float32), name="same")
    before = base.encoded
    vectors = cache.encode(turned, ["two", "one"], role="passage")
    assert base.encoded == before
    assert np.allclose(vectors, base.encode(["two", "one"], role="passage"), atol=1e-3)
