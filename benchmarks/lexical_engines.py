"""Compares engines for BM25: quality on scifact, and time and size in large corpora.

    python benchmarks/lexical_engines.py [DATA] [--sizes 5183,100000,1000000] [--engines NAMES]
        [--questions 149]

DATA is the folder of benchmark data. Every engine is given the same terms (``domainkit.text``), so
that what differs is the engine. What is measured takes the place of its row in the table. bm25s is
no dependency: pip install bm25s. Sizes above scifact's own are sentences of real texts put
together anew (``scale_corpus.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import scale_corpus as corpus
from report import commit, kept, write

from domainkit.evaluation.beir import Benchmark, load
from domainkit.evaluation.ranking import score
from domainkit.retrieval import lexical
from domainkit.retrieval.lexical import TantivyIndex
from domainkit.text import index_terms
from domainkit.types import Entry, Filter, Passage, Span

K = 100
WRITTEN = 20_000
Texts = Iterable[tuple[int, str]]
NOTES = [
    "the same terms for every engine: domainkit's analysis, whose cost is left out",
    "ms: 100 hits, p50 / p95 of so many questions, the second time they are asked",
    "add: 1,000 more texts until they can be found; bm25s has no such thing and is built anew",
    "MiB: what the most the process held grew by from its first text on; a process for each row",
    "at: the commit a row was measured at",
]


class Engine(Protocol):
    """What is compared."""

    def add(self, texts: Texts) -> None:
        """Index terms joined by spaces, by key."""

    def search(self, terms: Sequence[str]) -> list[int]:
        """Return keys, best first."""


class Tantivy:
    """The engine of domainkit, through its own class."""

    def __init__(self, folder: Path) -> None:
        lexical.index_terms = str.split  # the terms are ready
        self._index = TantivyIndex(folder)

    def add(self, texts: Texts) -> None:
        """Index terms joined by spaces, by key."""
        made = (Entry(k, Passage(f"p{k}", "d", "", "", Span(0, 1), text)) for k, text in texts)
        while batch := list(islice(made, WRITTEN)):
            self._index.add(batch)

    def search(self, terms: Sequence[str]) -> list[int]:
        """Return keys, best first."""
        return [hit.key for hit in self._index.search(" ".join(terms), K, Filter())]


class Fts5:
    """SQLite's full-text search, its words joined by OR."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "fts5.sqlite")
        self._database.execute("CREATE VIRTUAL TABLE t USING fts5(body, content='')")

    def add(self, texts: Texts) -> None:
        """Index terms joined by spaces, by key."""
        with self._database:
            self._database.executemany("INSERT INTO t (rowid, body) VALUES (?, ?)", texts)

    def search(self, terms: Sequence[str]) -> list[int]:
        """Return keys, best first."""
        words = " OR ".join(f'"{term}"' for term in terms)
        query = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?"
        return [key for (key,) in self._database.execute(query, (words, K))] if terms else []


class Bm25s:
    """bm25s: a sparse matrix of scores in memory."""

    def __init__(self, folder: Path) -> None:
        import bm25s

        del folder
        self._made, self._index = bm25s.BM25, bm25s.BM25(k1=1.2, b=0.75)
        self._keys: list[int] = []
        self._held: list[list[int]] = []
        self._numbers: dict[str, int] = {}

    def add(self, texts: Texts) -> None:
        """Index terms joined by spaces, by key."""
        numbers = self._numbers
        for key, text in texts:
            self._keys.append(key)
            # Numbers that all texts share: words of their own would take tens of GiB.
            self._held.append([numbers.setdefault(t, len(numbers)) for t in text.split()])
        self._index = self._made(k1=1.2, b=0.75)
        self._index.index((self._held, numbers), show_progress=False)

    def search(self, terms: Sequence[str]) -> list[int]:
        """Return keys, best first."""
        known = [term for term in terms if term in self._index.vocab_dict]
        if not known:
            return []
        places, _ = self._index.retrieve([known], k=K, show_progress=False)
        return [self._keys[place] for place in places[0].tolist()]


ENGINES = {"tantivy": Tantivy, "fts5": Fts5, "bm25s": Bm25s}


def main() -> None:
    asked = _arguments()
    if asked.size:
        print(json.dumps(measure(asked.engines, asked.size, asked.data, asked.questions)))
        return
    for size in map(int, asked.sizes.split(",")):
        for engine in asked.engines.split(","):
            row = _alone(engine, size, asked) | {"at": commit()}
            print(row, file=sys.stderr)
            rows = kept("lexical-engines", [row], ("engine", "passages"))
            rows.sort(key=lambda row: (row["passages"], list(ENGINES).index(str(row["engine"]))))
            print(write("lexical-engines", "python benchmarks/lexical_engines.py", rows, NOTES))


def measure(name: str, size: int, data: Path, questions: int) -> dict[str, Any]:
    """Return the row of one engine in one size."""
    benchmark = load(data / "bench" / "scifact")
    names, made = _corpus(benchmark, size, data)
    texts = list(enumerate(made, start=1))  # analysed before anything is timed
    chosen = list(benchmark.questions.items())[:questions]
    asked = {q: list(dict.fromkeys(index_terms(t))) for q, t in chosen}
    with tempfile.TemporaryDirectory() as folder:
        engine: Engine = ENGINES[name](Path(folder))
        before, began = _peak(), time.perf_counter()
        engine.add(texts)
        built = time.perf_counter() - began
        found, times = {}, []
        for measured in (False, True):
            for question, terms in asked.items():
                began = time.perf_counter()
                keys = engine.search(terms)
                if measured:
                    times.append(time.perf_counter() - began)
                    found[question] = [names[key - 1] for key in keys if key <= len(names)]
        p50, p95 = np.quantile(times, (0.5, 0.95)) * 1000
        began = time.perf_counter()
        engine.add((size + n, f"quinin cure malaria {n}") for n in range(1, 1001))
        if engine.search(["quinin", "malaria"])[0] <= size:
            raise SystemExit(f"{name}: what was added is not found")
        return {
            "engine": name,
            "passages": size,
            "nDCG@10": f"{score(found, benchmark.qrels).ndcg_10:.4f}"
            if len(asked) == len(benchmark.questions) and size == len(names)
            else "",
            "questions": len(asked),
            "ms": f"{p50:.1f} / {p95:.1f}",
            "build s": round(built, 1),
            "add s": round(time.perf_counter() - began, 2),
            "disk MiB": sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
            >> 20,
            "MiB": _peak() - before,
        }


def _peak() -> int:
    """Return the most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _corpus(benchmark: Benchmark, size: int, data: Path) -> tuple[list[str], Iterator[str]]:
    """Return scifact's names, and its texts or as many made ones, as terms joined by spaces."""
    with benchmark.corpus.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    names = [str(row["_id"]) for row in rows]
    if size == len(rows):
        return names, (" ".join(index_terms(f"{r['title']}\n{r['text']}")) for r in rows)
    analysed = lru_cache(maxsize=None)(lambda line: " ".join(index_terms(line)))
    made = (e.passage for e in corpus.entries(corpus.texts(data), size))
    return [], (" ".join(map(analysed, f"{p.title}\n{p.text}".split("\n"))) for p in made)


def _alone(engine: str, size: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Return the row of one engine, measured in a process of its own."""
    command = [sys.executable, __file__, str(asked.data), "--engines", engine]
    command += ["--size", str(size), "--questions", str(asked.questions)]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    row: dict[str, Any] = json.loads(run.stdout)
    return row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    data = os.environ.get("DOMAINKIT_DATA", "../shared/data")
    parser.add_argument("data", nargs="?", type=Path, default=data)
    parser.add_argument("--sizes", default="5183,100000,1000000")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--questions", type=int, default=149)
    parser.add_argument("--size", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.data = Path(asked.data)
    return asked


if __name__ == "__main__":
    main()
