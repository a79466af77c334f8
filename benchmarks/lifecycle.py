"""Whether documents that come, change, move and go leave what a fresh build has, and nothing else.

    python benchmarks/lifecycle.py [steps] [kills] [forget] [--steps N] [--kills N] [--forget N]

`steps`: after N random steps (add, modify, rename, delete; a fifth of the new files are copies,
half of those with one change), read again after every few, the store and the indexes are compared
with those of a fresh build. `kills`: `domainkit ingest` is killed by SIGKILL at N random moments,
then run to its end and compared likewise. `forget`: N documents, real contracts and statutes of
the benchmark data (DOMAINKIT_DATA or ../shared/data) among them, are forgotten with `--prove` one
after the other, and grep looks for 200 stretches of each. Each part writes its own table. The
embedder is the hash embedder of `domainkit.testing`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from histories import ALL, LIGHT, History, steps
from report import write

from domainkit.ingestion import Options, Profiles, ingest
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Retriever
from domainkit.store import Store, likeness, traces
from domainkit.testing import HashEmbedder
from domainkit.types import Filter, Question

PARTS = ("steps", "kills", "forget")
QUESTIONS = 200
CHANGES = 30  # steps before each ingest that is killed
MIXED = (*LIGHT * 5, *ALL)  # one new file in twenty is read by a process of its own
EMBEDDER = HashEmbedder()
# Scores that differ by less than float32 sums in another order may differ are equal.
EQUAL = 1e-5
NOTES = {
    "steps": [
        "compared: path, content hash, record, span, locator and text of every passage; its "
        "vector; the ten best of every question with their scores, equal scores in any order",
        "residual hits: texts that no file holds any more and a search still finds",
        "of files with the same content one is read and the others are linked to it: which one "
        "depends on which came first, so all go by the first of their paths, and their titles and "
        "vectors, which may hold the file's name, are not compared",
    ],
    "kills": [
        f"before each kill {CHANGES} random steps; the moment is uniform in the time a whole run "
        "takes, which begins with everything imported",
        "lost, doubled, vectors: against a fresh build of the same documents, over all kills",
    ],
    "forget": [
        "each is one `domainkit forget --prove`: 20 random stretches of 40 characters that no "
        "other document holds, looked for before and after in all bytes below .domainkit",
        "grep: 200 more stretches of each document, looked for by `grep -F` in the same bytes",
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--forget", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    for part in given.parts or PARTS:
        print(report(part, given), flush=True)


def report(part: str, given: argparse.Namespace) -> Path:
    """Measure one part and write its table."""
    number = getattr(given, part)
    command = f"python benchmarks/lifecycle.py {part} --{part} {number} --seed {given.seed}"
    measure = {"steps": measure_steps, "kills": measure_kills, "forget": measure_forget}[part]
    row = measure(number, given.seed)
    return write(f"lifecycle-{part}", command, [row], NOTES[part])


# -- what a folder of an assistant holds ---------------------------------------------------------


@contextmanager
def opened(base: Path) -> Iterator[tuple[Store, Indexes]]:
    """Give the store and the indexes of the assistant in ``base``."""
    with closing(Store.open(base / ".domainkit" / "store.sqlite", create=True)) as store:
        folder = base / ".domainkit" / "indexes"
        indexes = Indexes.open(
            folder, store=store, embedder=EMBEDDER, vectors="faiss", writable=True
        )
        with closing(indexes):
            yield store, indexes


def refresh(base: Path) -> None:
    """Bring the assistant in ``base`` up to its documents, as `ingest --sync` does."""
    with opened(base) as (store, indexes):
        options = Options(sync=True)
        ingest([base / "documents"], store, base=base, profiles=_profiles(), options=options)
        indexes.update()


@cache
def _profiles() -> Profiles:
    return Profiles.load()


@dataclass(frozen=True)
class Held:
    """What an assistant holds, in terms that do not depend on its history.

    Of files with the same content one is read and the others are linked to it; which one depends
    on which was there first. All go by the first of their paths, and titles, which may be the
    file's name, and so their vectors are left out.
    """

    passages: Counter[tuple[Any, ...]]
    vectors: dict[tuple[Any, ...], Any]
    links: set[frozenset[str]]
    rankings: list[list[tuple[float, frozenset[tuple[Any, ...]]]]]

    @classmethod
    def of(cls, store: Store, indexes: Indexes, questions: Sequence[str]) -> Held:
        """Return what ``store`` and ``indexes`` hold, and how they rank ``questions``."""
        alike: dict[str, str] = {}
        copied: Counter[str] = Counter()
        for file in store.files():
            alike.setdefault(file.sha256, file.path)
            copied[file.sha256] += 1
        hashes = {file.path: file.sha256 for file in store.files()}
        sources = {d.id: d.source for d in store.documents()}

        def named(passage: Any) -> tuple[Any, ...]:
            path, _, record = sources[passage.document_id].partition("#")
            content = hashes[path]
            span = (passage.span.start, passage.span.end)
            title = passage.title if copied[content] == 1 else ""
            return alike[content], record, content, span, passage.locator, passage.text, title

        entries = {entry.key: named(entry.passage) for entry in store.entries()}
        keys = sorted(entries)
        if indexes.vectors is None or not indexes.lexical.keys() == indexes.vectors.keys() == keys:
            raise SystemExit("the indexes do not hold the keys of the store")
        vectors = indexes.vectors.vectors(keys)
        pairs = zip((entries[key] for key in keys), vectors, strict=True)
        found = {name: vector for name, vector in pairs if copied[name[2]] == 1}
        retriever = Retriever(store, indexes, EMBEDDER, Retrieval(k=10))
        rankings = [
            _tied([(r.score, named(r.passage)) for r in retriever.retrieve(Question(text))])
            for text in questions
        ]
        links = {
            frozenset(_canonical(source, hashes, alike) for source in (link.source, link.other))
            for link in likeness.links(store)
        }
        return cls(Counter(entries.values()), found, links, rankings)

    def differences(self, other: Held) -> dict[str, int]:
        """Return how much differs, by what is compared."""
        shared = self.vectors.keys() & other.vectors.keys()
        return {
            "passages lost": (other.passages - self.passages).total(),
            "passages doubled or left over": (self.passages - other.passages).total(),
            "vectors that differ": sum(
                not np.allclose(self.vectors[name], other.vectors[name], atol=1e-6)
                for name in shared
            ),
            "links that differ": len(self.links ^ other.links),
            "rankings that differ": sum(
                not _alike(a, b) for a, b in zip(self.rankings, other.rankings, strict=True)
            ),
        }


def _canonical(source: str, hashes: Mapping[str, str], alike: Mapping[str, str]) -> str:
    path, mark, record = source.partition("#")
    return alike[hashes[path]] + mark + record


def _tied(ranked: list[tuple[float, Any]]) -> list[tuple[float, frozenset[Any]]]:
    """Return a ranking with what scores the same put together: its order is by age alone."""
    groups: list[tuple[float, set[Any]]] = []
    for score, name in ranked:
        if groups and groups[-1][0] - score < EQUAL:
            groups[-1][1].add(name)
        else:
            groups.append((score, {name}))
    return [(score, frozenset(names)) for score, names in groups]


def _alike(one: list[tuple[float, Any]], other: list[tuple[float, Any]]) -> bool:
    """Return whether two rankings are the same; of a tie that is cut off, the score."""
    last = len(one) - 1
    return len(one) == len(other) and all(
        abs(a[0] - b[0]) < EQUAL and (a[1] == b[1] or (n == last and len(a[1]) == len(b[1])))
        for n, (a, b) in enumerate(zip(one, other, strict=True))
    )


def fresh(documents: History, questions: Sequence[str]) -> Held:
    """Return what a new assistant of the same documents holds."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        documents.copy(base / "documents")
        refresh(base)
        with opened(base) as (store, indexes):
            return Held.of(store, indexes, questions)


# -- parts ---------------------------------------------------------------------------------------


def measure_steps(number: int, seed: int) -> dict[str, object]:
    """Compare an assistant after ``number`` random steps with a fresh build of its documents."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        history = History(base / "documents", seed)
        started, runs = time.perf_counter(), 0
        for done in steps(history, number):
            refresh(base)
            runs += 1
            if runs % 20 == 0:
                print(f"{done:,} steps, {time.perf_counter() - started:.0f} s", flush=True)
        seconds = time.perf_counter() - started
        questions = history.questions(QUESTIONS)
        with opened(base) as (store, indexes):
            held = Held.of(store, indexes, questions)
            everything = "\n".join(entry.passage.text for entry in store.entries())
            residual = sum(
                bool(indexes.lexical.search(mark, 1, Filter())) or f"{mark} " in everything
                for mark in history.gone
            )
            counts = store.counts()
        row = {
            "steps": number,
            "ingests": runs,
            "files": counts.files,
            "passages": counts.passages,
            "questions": len(questions),
            **held.differences(fresh(history, questions)),
            "texts removed": len(history.gone),
            "residual hits": residual,
            "seconds": round(seconds),
        }
    return row


def measure_kills(number: int, seed: int) -> dict[str, object]:
    """Kill ``domainkit ingest`` at random moments; compare what the next run makes of it."""
    moments = random.Random(seed)  # noqa: S311 (a measurement, no secret)
    totals: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "assistant"
        _domainkit("new", base.name, "--domain", "medical", cwd=base.parent).wait()
        history = History(base / "documents", seed, most=60, suffixes=MIXED)
        runs = Runs(base)
        whole = _whole_run(runs, history)
        for done in range(1, number + 1):
            _change(history)
            left = runs.ingest(kill_after=moments.uniform(0, whole))
            totals["killed while it ran"] += left == -signal.SIGKILL
            totals["next runs that failed"] += runs.ingest() != 0
            with opened(base) as (store, indexes):
                totals["next runs that left work"] += indexes.generation != store.generation
                totals.update(Held.of(store, indexes, []).differences(fresh(history, [])))
                passages = store.counts().passages
            print(f"{done} kills: {dict(totals)}", flush=True)
    del totals["rankings that differ"]
    return {"kills": number, "passages": passages, **totals, "seconds of a run": round(whole, 2)}


class Runs:
    """Runs of ``domainkit ingest`` in an assistant, each in a process that begins at once."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._zygote = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("zygote.py")],
            env={**os.environ, "DOMAINKIT_RETRIEVAL__EMBEDDER": "hash"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ingest(self, *, kill_after: float | None = None) -> int:
        """Return how a run ended, that was killed after so many seconds if it still ran."""
        task = {"folder": str(self._base), "arguments": ["ingest", "documents", "--sync"]}
        asked, said = self._zygote.stdin, self._zygote.stdout
        if asked is None or said is None:
            raise SystemExit("the runs cannot be talked to")
        print(json.dumps(task), file=asked, flush=True)
        child = int(said.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return int(said.readline())


def measure_forget(number: int, seed: int) -> dict[str, object]:
    """Forget documents one by one, each with its proof, and let grep look for them too."""
    chance = random.Random(seed)  # noqa: S311 (a measurement, no secret)
    totals: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "assistant"
        _domainkit("new", base.name, "--domain", "medical", cwd=base.parent).wait()
        history = History(base / "documents", seed, most=40, suffixes=ALL)
        for _ in range(100):
            history.step()
        data = Path(os.environ.get("DOMAINKIT_DATA", "../shared/data")) / "files"
        for name in ("cuad", "laws"):
            if (data / name).is_dir():
                shutil.copytree(data / name, base / "documents" / name)
        if _ingest(base).wait() not in (0, 4):
            raise SystemExit("domainkit ingest failed")
        _change(history)  # what was there before must not be left either
        _ingest(base).wait()
        started = time.perf_counter()
        for name, texts in _chosen(base, number, chance):
            run = _domainkit("forget", name, "--prove", "--json", cwd=base, out=subprocess.PIPE)
            proof = json.loads(run.communicate()[0])["certificate"]
            totals["proved"] += proof["proved"]
            totals["stretches"] += len(proof["samples"])
            totals["found before"] += proof["found_before"]
            totals["found after"] += proof["found_after"]
            totals["rows or entries left"] += proof["rows_left"] + proof["index_entries_left"]
            totals["grep found"] += _grep(base, texts, chance)
            totals["MB searched"] += proof["bytes_searched"] // 10**6
        seconds = (time.perf_counter() - started) / number
    return {"documents": number, **totals, "seconds each": round(seconds, 1)}


def _chosen(base: Path, number: int, chance: random.Random) -> list[tuple[str, list[str]]]:
    """Return files at random, with the texts of their documents."""
    with closing(Store.open(base / ".domainkit" / "store.sqlite")) as store:
        texts: dict[str, list[str]] = {f.path: [] for f in store.files() if f.outcome == "read"}
        for document in store.documents():
            texts[document.source.partition("#")[0]].append(store.document(document.id).text)
    return chance.sample(sorted(texts.items()), number)


def _grep(base: Path, texts: Sequence[str], chance: random.Random) -> int:
    """Return how many of 200 stretches of ``texts`` grep finds, but for those others hold too."""
    stretches = {s for s in traces.samples(texts, 200, chance) if "\n" not in s}
    with closing(Store.open(base / ".domainkit" / "store.sqlite")) as store:
        for document in store.documents():
            kept = store.document(document.id).text
            stretches -= {s for s in stretches if s in kept}
    command = ["grep", "-rlaF", "-f", "-", str(base / ".domainkit")]
    found = 0
    for stretch in stretches:
        run = subprocess.run(command, input=stretch.encode(), capture_output=True, check=False)
        found += bool(run.stdout)
    return found


def _change(history: History) -> None:
    for _ in range(CHANGES):
        history.step()


def _whole_run(runs: Runs, history: History) -> float:
    """Return how long an ingest takes that is not killed: the median of three."""
    times = []
    for _ in range(3):
        _change(history)
        started = time.perf_counter()
        if runs.ingest() != 0:
            raise SystemExit("domainkit ingest failed")
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _ingest(base: Path) -> subprocess.Popen[bytes]:
    return _domainkit("ingest", "documents", "--sync", cwd=base)


def _domainkit(
    *arguments: str, cwd: Path | None = None, out: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "domainkit", *arguments],
        cwd=cwd,
        env={**os.environ, "DOMAINKIT_RETRIEVAL__EMBEDDER": "hash"},
        stdout=out,
    )


if __name__ == "__main__":
    main()
