"""Measures retrieval on a benchmark, through the code an assistant ingests and retrieves with."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from domainkit.errors import EvaluationError
from domainkit.evaluation.beir import Benchmark
from domainkit.evaluation.ranking import RankingScores, score
from domainkit.evaluation.resampling import interval
from domainkit.ingestion.folder import ingest
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.protocols import DerivedEmbedder, Embedder, Reranker
from domainkit.retrieval.glossary import Glossary
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Mode, Retriever
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.store.documents import Store
from domainkit.text import detect
from domainkit.types import Question, Retrieved

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

_NO_GLOSSARY = Glossary()
RANKED = 100  # documents a question
# A document has several passages: so many are ranked for RANKED documents to be among them.
_PASSAGES = 3 * RANKED

Progress = Callable[[str, int, int], None]
Read = Callable[[Store, Path], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured: the retrieval numbers, the mode, and what makes the vectors.

    With a ``cache``, no text is encoded that an earlier run has encoded.
    """

    numbers: Retrieval
    mode: Mode
    embedder: Embedder | None
    vectors: str = "faiss"
    cache: VectorCache | None = None
    glossary: Glossary = _NO_GLOSSARY
    reranker: Reranker | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a benchmark gave. Times are of this machine; a query's leaves out its embedding.

    ``encoded`` is how many passages were encoded; the cache had the others.
    """

    name: str
    documents: int
    passages: int
    scores: RankingScores
    index_seconds: float
    encoded: int
    query_seconds: tuple[float, ...] = field(repr=False)

    def milliseconds(self, share: float) -> float:
        """Return the time below which that share of the queries took, in milliseconds."""
        return float(np.quantile(self.query_seconds, share)) * 1000


@dataclass(frozen=True, slots=True)
class Indexed:
    """A benchmark's documents, ready to be searched.

    ``names`` gives the benchmark's name of a document by the document's id.
    """

    retriever: Retriever
    store: Store
    names: Mapping[str, str]
    passages: int
    seconds: float
    encoded: int

    def ranking(self, found: Sequence[Retrieved]) -> list[str]:
        """Return the documents of ``found`` by the benchmark's names, each once, best first."""
        return list(dict.fromkeys(self.names[item.passage.document_id] for item in found))


def language(benchmark: Benchmark) -> Literal["en", "zh"]:
    """Return the language of the questions."""
    return detect("\n".join(benchmark.questions.values()))


def run(benchmark: Benchmark, setup: Setup, *, progress: Progress | None = None) -> Outcome:
    """Return how well ``setup`` ranks the documents of ``benchmark``.

    A document scores as its best passage.

    Args:
        benchmark: what is asked, of which documents.
        setup: what is measured.
        progress: called with what is being done, how much of it is done, and of how much.

    Raises:
        EvaluationError: when the corpus cannot be read.
    """
    tell = progress or _silent
    with indexed(benchmark, setup, progress=tell) as corpus:
        rankings, times = _ask(benchmark, corpus, setup.mode, tell)
        return Outcome(
            name=benchmark.name,
            documents=len(corpus.names),
            passages=corpus.passages,
            scores=score(rankings, benchmark.qrels),
            index_seconds=corpus.seconds,
            encoded=corpus.encoded,
            query_seconds=times,
        )


@contextmanager
def indexed(
    benchmark: Benchmark,
    setup: Setup,
    *,
    progress: Progress | None = None,
    read: Read | None = None,
) -> Iterator[Indexed]:
    """Yield the documents of ``benchmark``, ingested and indexed in a temporary folder.

    Args:
        benchmark: what is asked, of which documents.
        setup: what is measured.
        progress: called with what is being done, how much of it is done, and of how much.
        read: fills the store, whose files are named from the folder; by default with the corpus.

    Raises:
        EvaluationError: when the corpus cannot be read.
    """
    tell = progress or _silent
    embedder = None if setup.embedder is None else _Prepared(setup.embedder, setup.cache)
    with tempfile.TemporaryDirectory(prefix="domainkit-bench-") as name:
        folder = Path(name)
        started = time.perf_counter()
        with closing(Store.open(folder / "store.sqlite", create=True)) as store:
            tell("reading", 0, 1)
            (read or partial(_read, benchmark))(store, folder)
            tell("reading", 1, 1)
            indexes = Indexes.open(
                folder / "indexes",
                store=store,
                embedder=embedder,
                vectors=setup.vectors,
                writable=True,
                shared=setup.cache,
            )
            with closing(indexes):
                indexes.update(lambda done, total: tell("indexing", done, total))
                seconds = time.perf_counter() - started
                if embedder is not None:
                    embedder.prepare(list(benchmark.questions.values()))
                retriever = Retriever(
                    store,
                    indexes,
                    embedder,
                    setup.numbers,
                    setup.glossary,
                    reranker=setup.reranker,
                )
                yield Indexed(
                    retriever=retriever,
                    store=store,
                    names=_names(store),
                    passages=store.counts().passages,
                    seconds=seconds,
                    encoded=embedder.encoded if embedder else 0,
                )


def project(outcome: Outcome, setup: Setup, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome as ``domainkit bench retrieval --json`` prints it."""
    scores = outcome.scores
    return {
        "name": outcome.name,
        "docs": outcome.documents,
        "queries": scores.queries,
        "ndcg@10": round(scores.ndcg_10, 4),
        "ndcg@10_interval": [round(end, 4) for end in interval(scores.ndcg)],
        "recall@10": round(scores.recall_10, 4),
        "recall@100": round(scores.recall_100, 4),
        "mrr@10": round(scores.mrr_10, 4),
        "index_seconds": round(outcome.index_seconds, 2),
        "query_ms": {
            "p50": round(outcome.milliseconds(0.5), 2),
            "p95": round(outcome.milliseconds(0.95), 2),
        },
        "embedder": None if setup.embedder is None else setup.embedder.id,
        "settings": {
            "mode": setup.mode,
            **setup.numbers.model_dump(),
            "vectors": None if setup.embedder is None else setup.vectors,
            "passages": outcome.passages,
            "encoded": outcome.encoded,
            **settings,
        },
    }


def _read(benchmark: Benchmark, store: Store, base: Path) -> None:
    report = ingest([benchmark.corpus], store, base=base)
    if report.refused:
        raise EvaluationError(
            f"{benchmark.corpus}: {report.refused[0].reason}",
            hint='write {"_id": …, "title": …, "text": …} on each line',
        )


def _names(store: Store) -> dict[str, str]:
    """Return the name of each document: its record, or its path below the folder read."""
    return {
        summary.id: summary.source.partition("#")[2] or summary.source.partition("/")[2]
        for summary in store.documents()
    }


def _ask(
    benchmark: Benchmark, corpus: Indexed, mode: Mode, tell: Progress
) -> tuple[dict[str, list[str]], tuple[float, ...]]:
    """Return the documents ranked for each question, and the seconds retrieving took."""
    rankings: dict[str, list[str]] = {}
    times: list[float] = []
    for done, (name, text) in enumerate(benchmark.questions.items(), start=1):
        question = Question(text, language=detect(text))
        started = time.perf_counter()
        corpus.retriever.retrieve(question, mode=mode)
        times.append(time.perf_counter() - started)
        found = corpus.retriever.retrieve(question, k=_PASSAGES, mode=mode)
        rankings[name] = corpus.ranking(found)[:RANKED]
        tell("asking", done, len(benchmark.questions))
    return rankings, tuple(times)


class _Prepared:
    """An embedder that has the questions' vectors ready, so that searching alone is timed."""

    def __init__(self, embedder: Embedder, cache: VectorCache | None) -> None:
        self._embedder = embedder
        self._cache = cache
        self._ready: dict[str, Vectors] = {}
        self._encoded = 0
        self.cosine_floor = getattr(embedder, "cosine_floor", 0.0)
        self.languages: Sequence[str] = getattr(embedder, "languages", ())
        if isinstance(embedder, DerivedEmbedder):
            self.base = _Prepared(embedder.base, cache)
            self.project = embedder.project

    @property
    def id(self) -> str:
        return self._embedder.id

    @property
    def dim(self) -> int:
        return self._embedder.dim

    @property
    def encoded(self) -> int:
        """How many passages were encoded."""
        return self.base.encoded if hasattr(self, "base") else self._encoded

    def prepare(self, questions: Sequence[str]) -> None:
        if self._cache is None:
            vectors = self._embedder.encode(questions, role="query")
        else:
            vectors = self._cache.encode(self._embedder, questions, role="query")
        self._ready = dict(zip(questions, vectors, strict=True))

    def encode(self, texts: Sequence[str], *, role: Literal["query", "passage"]) -> Vectors:
        if role == "query" and len(texts) == 1 and texts[0] in self._ready:
            return self._ready[texts[0]].reshape(1, -1)
        if role == "passage":
            self._encoded += len(texts)
        return self._embedder.encode(texts, role=role)


def _silent(doing: str, done: int, total: int) -> None:
    """Report nothing."""
