"""Measures search, memory, opening and change in 5,183, 100,000 and 1,000,000 passages.

    python benchmarks/scale.py [DATA] [--sizes scifact,scifact-reranked,5183,100000,1000000]
        [--folder FOLDER] [--step build|measure]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. FOLDER keeps the
corpora between runs (4 GB for a million); what is there is not built again. Every size is built
and measured in processes of its own, so that memory is its own. What is measured takes the place
of its row in the table; other rows stay. Building takes long and measuring is short, so that each
can be run alone (``--step``). Embedding is left out throughout.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scale_corpus as corpus
from report import commit, kept, machine, write

from domainkit.evaluation import setups
from domainkit.evaluation.beir import load
from domainkit.evaluation.benchmark import indexed
from domainkit.evaluation.setups import NUMBERS
from domainkit.retrieval import lexical
from domainkit.retrieval.faiss_index import FaissIndex
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.lexical import TantivyIndex
from domainkit.retrieval.manifest import IndexManifest
from domainkit.retrieval.retriever import Retriever
from domainkit.settings import Settings
from domainkit.store import FileRecord, Store
from domainkit.text import analysis
from domainkit.types import Document, Filter, Passage, Question, Span

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

SCIFACT = "scifact"
SCIFACTS = (SCIFACT, f"{SCIFACT}-reranked")
SIZES = f"{','.join(SCIFACTS)},5183,100000,1000000"
STEPS = ("build", "measure")
DIM = 384
CHANGED = 1000
WRITTEN = 20_000  # passages indexed at once
ASKED = 5  # one question in so many is timed
COMPARED = 100  # neighbours that recall looks at
TODAY = Filter(as_of=date(2026, 11, 1))
NARROW = Filter(as_of=TODAY.as_of, groups=(corpus.NARROW,))
NOTES = [
    "scifact: its 5,183 abstracts, indexed as an assistant does, up to the fused candidates and "
    "with the reranker that is used where nothing else is said; others are real "
    "vectors with noise and texts put together anew (`scale_corpus.py`)",
    "hybrid: five passages through Retriever, the questions' vectors ready; lexical, dense: one "
    "index alone, 100 hits; narrow: with a filter that keeps one passage in a hundred",
    "milliseconds, p50 / p95 of 120 questions (scifact: 149) asked twice, the first time "
    "unmeasured; in brackets those of the processor, to which a busy machine adds less",
    "recall: share of the 10 and 100 nearest of all that the vector index finds",
    "MiB: what the process grew by when it opened both indexes, and after all questions; "
    "peak is the most it ever held, libraries included",
    "open: both indexes; add, delete: a file of 1,000 passages, from the store's change until "
    "they are found, or not any more; refresh: until another process has taken that up",
    "at: the commit and the load of the machine a row was measured at",
]


class Prepared:
    """An embedder whose vectors are ready."""

    id = "prepared@1"
    dim = DIM

    def __init__(self, ready: dict[str, Vectors]) -> None:
        self._ready = ready

    def encode(self, texts: Sequence[str], *, role: Literal["query", "passage"]) -> Vectors:
        """Return the vectors that are ready for ``texts``."""
        del role
        return np.stack([self._ready[text] for text in texts])


def main() -> None:
    asked = _arguments()
    if asked.alone:
        print(json.dumps(_one(asked)))
        return
    for size in asked.sizes.split(","):
        for step in [asked.step] if asked.step else STEPS:
            command = [sys.executable, __file__, str(asked.data), "--folder", str(asked.folder)]
            run = subprocess.run(
                [*command, "--sizes", size, "--step", step, "--alone"],
                stdout=subprocess.PIPE,
                check=True,
            )
            row = json.loads(run.stdout)
            print(row, file=sys.stderr)
            if row:
                print(_written(row))


def _one(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what one step for one size gives: nothing of building, a row of measuring."""
    if asked.sizes in SCIFACTS:
        measured = asked.step == "measure"
        return scifact(asked.data, reranked=asked.sizes != SCIFACT) if measured else {}
    return {"build": build, "measure": measure}[asked.step](asked)


def _written(row: Mapping[str, object]) -> Path:
    """Write the table with ``row`` in place of that of the same corpus and size."""
    busy = machine().rpartition("load ")[2]
    by = ("corpus", "passages")
    rows = kept("scale", [{**row, "at": f"{commit()}, load {busy}"}], by)
    rows = sorted(rows, key=lambda row: (row["corpus"] == "made", row["passages"], row["corpus"]))
    # The made corpora have all columns; the first row names those of the table.
    columns = dict.fromkeys(name for row in rows for name in row if name != "at")
    whole = [{name: row.get(name, "") for name in (*columns, "at")} for row in rows]
    return write("scale", f"python benchmarks/scale.py --sizes {SIZES}", whole, NOTES)


def scifact(data: Path, *, reranked: bool) -> dict[str, Any]:
    """Return the row of scifact's documents, indexed as `bench retrieval` does."""
    setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=Settings())
    if not reranked:
        setup = replace(setup, reranker=None)
    benchmark = load(data / "bench" / SCIFACT)
    with indexed(benchmark, setup) as found:

        def hybrid(text: str) -> object:
            return found.retriever.retrieve(Question(text), filter=TODAY)

        times = _times(list(benchmark.questions.values()), hybrid)
        corpus = f"{SCIFACT}, reranked" if reranked else SCIFACT
        return {"corpus": corpus, "passages": found.passages, "hybrid": times}


def build(asked: argparse.Namespace) -> dict[str, Any]:
    """Make the corpus of one size unless it is there, with its true neighbours."""
    size = int(asked.sizes)
    folder = asked.folder / str(size)
    if (folder / "indexes" / "manifest.json").is_file():
        return {}
    of = corpus.real(asked.data, asked.folder)
    parts = {
        folder / "store.sqlite": _store,
        folder / "indexes" / "lexical": _lexical,
        folder / "indexes" / "vectors": _vectors,
    }
    for path, make in parts.items():
        done = path.with_name(f"{path.name}.done")
        if not done.is_file():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            make(of, size, folder)
            done.touch()
    manifest = IndexManifest(
        analysis=analysis.VERSION,
        embedder=Prepared.id,
        dim=DIM,
        vectors="faiss",
        generation=1,
        key=size,
    )
    manifest.write(folder / "indexes")
    return {}


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the row of one size; what is added is deleted again."""
    size = int(asked.sizes)
    folder = asked.folder / str(size)
    of = corpus.real(asked.data, asked.folder)
    ready = dict(zip(of.questions, of.question_vectors, strict=True))
    embedder = Prepared(ready)
    store = Store.open(folder / "store.sqlite")
    FaissIndex(folder / "none", DIM)  # the libraries are loaded before memory is compared
    TantivyIndex(folder / "none")
    before, began = _resident(), time.perf_counter()
    indexes = _open(folder, store, embedder)
    row: dict[str, Any] = {"corpus": "made", "passages": size, "open s": _since(began)}
    opened = _resident() - before
    row |= _latencies(of, store, indexes, embedder, TODAY)
    row["hybrid narrow"] = _latencies(of, store, indexes, embedder, NARROW)["hybrid"]
    row |= _recall(folder, of, indexes.vectors)
    row["MiB"] = f"{opened} / {_resident() - before} / peak {_peak()}"
    row |= _changes(folder, store, indexes, embedder, ready)
    return row


def _latencies(
    of: corpus.Real, store: Store, indexes: Indexes, embedder: Prepared, kept: Filter
) -> dict[str, str]:
    numbers, vectors = NUMBERS["en"], indexes.vectors
    retriever = Retriever(store, indexes, embedder, numbers)

    def hybrid(text: str) -> object:
        return retriever.retrieve(Question(text), filter=kept)

    def lexical(text: str) -> object:
        boost = numbers.title_boost
        return indexes.lexical.search(text, numbers.candidates, kept, title_boost=boost)

    def dense(text: str) -> object:
        vector = embedder.encode([text], role="query")
        return vectors.search(vector, numbers.candidates, kept) if vectors else None

    asked = (hybrid,) if kept == NARROW else (hybrid, lexical, dense)
    return {ask.__name__: _times(of.questions[::ASKED], ask) for ask in asked}


def _changes(
    folder: Path, store: Store, indexes: Indexes, embedder: Prepared, ready: dict[str, Vectors]
) -> dict[str, float]:
    """Return the seconds that adding and deleting a file takes, and taking that up elsewhere."""
    reading = _open(folder, store, embedder)
    record, document, parts = _file(ready)
    question = Question(parts[0].text, as_of=TODAY.as_of)

    def first() -> str:
        retriever = Retriever(store, indexes, embedder, NUMBERS["en"])
        found = retriever.retrieve(question, filter=TODAY)
        return found[0].passage.document_id

    began = time.perf_counter()
    store.replace(record, [(document, parts)])
    indexes.update()
    _found(first() == document.id, "what was added is not found")
    row = {"add s": _since(began)}
    began = time.perf_counter()
    reading.refresh()
    row["refresh s"] = _since(began)
    began = time.perf_counter()
    store.remove_file(record.path)
    indexes.update()
    _found(first() != document.id, "what was deleted is found")
    return {**row, "delete s": _since(began)}


def _found(as_it_should: bool, said: str) -> None:
    if not as_it_should:
        raise SystemExit(said)


def _file(ready: dict[str, Vectors]) -> tuple[FileRecord, Document, list[Passage]]:
    """Return a file of new passages; their vectors are made ready."""
    lines = [f"Zanthium number {n} cures the {n * n} kinds of hurry." for n in range(CHANGED)]
    document = Document("new", "new.txt", "New", "\n".join(lines))
    parts, start = [], 0
    noise = np.random.default_rng(5).standard_normal((CHANGED, DIM), dtype=np.float32)
    for line, vector in zip(lines, noise, strict=True):
        span = Span(start, start + len(line))
        parts.append(Passage(f"new{start}", "new", "New", "", span, line))
        ready[f"New\n{line}"] = ready[line] = vector / np.linalg.norm(vector)
        start = span.end + 1
    return FileRecord(path="new.txt", sha256="new", identity="new"), document, parts


def _recall(folder: Path, of: corpus.Real, index: Any) -> dict[str, float]:
    true = np.load(folder / "true.npy")[::ASKED]
    found = [
        [hit.key for hit in index.search(vector, COMPARED, TODAY)]
        for vector in of.question_vectors[::ASKED]
    ]

    def share(k: int) -> float:
        pairs = zip(found, true.tolist(), strict=True)
        return round(float(np.mean([len({*a[:k]} & {*b[:k]}) / k for a, b in pairs])), 4)

    return {"recall@10": share(10), "recall@100": share(100)}


def _times(questions: Sequence[str], ask: Callable[[str], object]) -> str:
    seconds, busy = [], []
    for measured in (False, True):
        for question in questions:
            began, used = time.perf_counter(), time.process_time()
            ask(question)
            if measured:
                seconds.append(time.perf_counter() - began)
                busy.append(time.process_time() - used)
    p50, p95 = np.quantile(seconds, (0.5, 0.95)) * 1000
    worked = np.quantile(busy, (0.5, 0.95)) * 1000
    return f"{p50:.1f} / {p95:.1f} ({worked[0]:.1f} / {worked[1]:.1f})"


def _store(of: corpus.Real, size: int, folder: Path) -> None:
    """Fill the table of passages as the store would, without its checks."""
    path = folder / "store.sqlite"
    Store.open(path, create=True).close()
    rows = (
        (e.key, e.passage.id, e.passage.title, e.passage.locator, e.passage.text, e.group)
        for e in corpus.entries(of, size)
    )
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE state SET generation = 1")
        connection.executemany(
            "INSERT INTO passages (key, id, document_id, generation, title, locator, start, stop,"
            ' text, section, "group", meta)'
            " VALUES (?, ?, 'd', 1, ?, ?, 0, 0, ?, '[]', ?, '{}')",
            rows,
        )
    connection.close()


def _lexical(of: corpus.Real, size: int, folder: Path) -> None:
    """Index the texts; a sentence that comes again is not analysed again."""
    analysed, terms = lru_cache(maxsize=None)(lexical.index_terms), lexical.index_terms
    lexical.index_terms = lambda text: [t for line in text.split("\n") for t in analysed(line)]
    index, entries = TantivyIndex(folder / "indexes" / "lexical"), corpus.entries(of, size)
    while batch := list(islice(entries, WRITTEN)):
        index.add(batch)
        print(f"lexical {batch[-1].key:,}", file=sys.stderr)
    lexical.index_terms = terms


def _vectors(of: corpus.Real, size: int, folder: Path) -> None:
    """Index the vectors and keep which are truly nearest to every question."""
    index, entries = FaissIndex(folder / "indexes" / "vectors", DIM), corpus.entries(of, size)
    scores = np.zeros((len(of.questions), 0), dtype=np.float32)
    nearest = np.zeros((len(of.questions), 0), dtype=np.int64)
    for vectors in corpus.vectors(of, size):
        batch = list(islice(entries, len(vectors)))
        index.add(batch, vectors)
        keys = np.array([entry.key for entry in batch])
        new = of.question_vectors @ vectors.T
        scores = np.concatenate((scores, new), axis=1)
        nearest = np.concatenate((nearest, np.broadcast_to(keys, new.shape)), axis=1)
        best = np.argpartition(-scores, COMPARED, axis=1)[:, :COMPARED]
        scores, nearest = (np.take_along_axis(rows, best, axis=1) for rows in (scores, nearest))
        print(f"vectors {batch[-1].key:,}", file=sys.stderr)
    order = np.argsort(-scores, axis=1)
    np.save(folder / "true.npy", np.take_along_axis(nearest, order, axis=1))


def _open(folder: Path, store: Store, embedder: Prepared) -> Indexes:
    return Indexes.open(folder / "indexes", store=store, embedder=embedder, vectors="faiss")


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 2)


def _resident() -> int:
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    """Return a size Linux keeps of this process, in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{name}:"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    data = os.environ.get("DOMAINKIT_DATA", "../shared/data")
    parser.add_argument("data", nargs="?", type=Path, default=data)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--folder", type=Path, default=Path(".domainkit/scale"))
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.data = Path(asked.data)
    return asked


if __name__ == "__main__":
    main()
