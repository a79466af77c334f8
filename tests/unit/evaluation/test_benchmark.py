"""A benchmark goes through ingestion and retrieval, and ranks documents by their best passage."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_benchmark import CORPUS, write

from domainkit.errors import EvaluationError
from domainkit.evaluation import beir, benchmark
from domainkit.evaluation.benchmark import Setup
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.testing import HashEmbedder

LEXICAL = Setup(Retrieval(), "lexical", None)
HYBRID = Setup(Retrieval(), "hybrid", HashEmbedder())


@pytest.mark.parametrize("setup", [LEXICAL, HYBRID, Setup(Retrieval(), "dense", HashEmbedder())])
def test_documents_are_ranked_and_scored(tmp_path: Path, setup: Setup) -> None:
    outcome = benchmark.run(beir.load(write(tmp_path / "small")), setup)
    assert (outcome.name, outcome.documents, outcome.passages) == ("small", 3, 3)
    assert outcome.scores.queries == 2
    assert outcome.scores.recall_10 == 1.0
    assert outcome.scores.ndcg_10 > 0.6
    assert outcome.index_seconds > 0
    assert 0 < outcome.milliseconds(0.5) <= outcome.milliseconds(0.95)


def test_words_find_what_they_name(tmp_path: Path) -> None:
    assert benchmark.run(beir.load(write(tmp_path / "small")), LEXICAL).scores.ndcg_10 == 1.0


def test_a_document_is_ranked_once_by_its_best_passage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = {"_id": "d4", "title": "Long", "text": "\n\n".join(["Fever. " + "filler " * 250] * 4)}
    monkeypatch.setattr("small_benchmark.CORPUS", [*CORPUS, long])
    seen: list[list[str]] = []
    monkeypatch.setattr(benchmark, "score", lambda rankings, _: seen.append(list(rankings["q1"])))
    outcome = benchmark.run(beir.load(write(tmp_path / "small")), LEXICAL)
    assert outcome.passages > outcome.documents == 4
    assert seen[0][0] == "d1"
    assert sorted(seen[0]) == sorted(set(seen[0]))
    assert "d4" in seen[0]


def test_nothing_of_it_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    folder = write(tmp_path / "small")
    before = sorted(tmp_path.rglob("*"))
    benchmark.run(beir.load(folder), HYBRID)
    assert sorted(tmp_path.rglob("*")) == before


def test_questions_are_embedded_before_they_are_timed(tmp_path: Path) -> None:
    calls: list[int] = []

    class Watched(HashEmbedder):
        def encode(self, texts, *, role):  # type: ignore[no-untyped-def]
            if role == "query":
                calls.append(len(texts))
            return super().encode(texts, role=role)

    benchmark.run(beir.load(write(tmp_path / "small")), Setup(Retrieval(), "hybrid", Watched()))
    assert calls == [2]


def test_a_prepared_embedder_still_embeds_what_was_not_prepared() -> None:
    prepared = benchmark._Prepared(HashEmbedder(), None)
    prepared.prepare(["a question"])
    for text in ("a question", "another"):
        expected = HashEmbedder().encode([text], role="query")
        assert (prepared.encode([text], role="query") == expected).all()
    assert (prepared.id, prepared.dim) == ("hash-64", 64)


def test_progress_tells_each_step(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    benchmark.run(
        beir.load(write(tmp_path / "small")), HYBRID, progress=lambda *step: told.append(step)
    )
    assert [step for step in told if step[1] == step[2]] == [
        ("reading", 1, 1),
        ("indexing", 3, 3),
        ("asking", 2, 2),
    ]


def test_a_corpus_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "small")
    (folder / "corpus.jsonl").write_text("no json")
    with pytest.raises(EvaluationError, match=r"corpus\.jsonl: line 1 is not JSON"):
        benchmark.run(beir.load(folder), LEXICAL)


def test_the_language_is_that_of_the_questions(tmp_path: Path) -> None:
    queries = [{"_id": "q1", "text": "发烧怎么办？"}]
    assert benchmark.language(beir.load(write(tmp_path / "en"))) == "en"
    assert benchmark.language(beir.load(write(tmp_path / "zh", queries))) == "zh"


def test_the_projection_holds_what_the_contract_names(tmp_path: Path) -> None:
    outcome = benchmark.run(beir.load(write(tmp_path / "small")), HYBRID)
    shown = benchmark.project(outcome, HYBRID, {"language": "en"})
    assert list(shown) == [
        *("name", "docs", "queries", "ndcg@10", "ndcg@10_interval"),
        *("recall@10", "recall@100", "mrr@10"),
        *("index_seconds", "query_ms", "embedder", "settings"),
    ]
    assert shown["query_ms"].keys() == {"p50", "p95"}
    assert shown["embedder"] == "hash-64"
    assert shown["settings"]["mode"] == "hybrid"
    assert shown["settings"]["dense_weight"] == Retrieval().dense_weight
    assert shown["settings"]["language"] == "en"
