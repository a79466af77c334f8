"""Compares what embeds with sentence-transformers' own encode: speed, start, sameness; in one run.

    python benchmarks/embedding.py [DATA] [--model NAME] [--texts 192] [--rounds 3]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. The texts are
those of scifact's corpus, the questions its own. Every round runs all ways one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from report import write

from domainkit.models import cache
from domainkit.retrieval.embedders import FolderEmbedder, SentenceTransformerEmbedder

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

Way = Callable[[Sequence[str]], "Vectors"]

OWN = "sentence-transformers' encode"
NEAREST = 10
ASKED = 40
NOTES = [
    "passages/s: the median of the rounds; ratio: to sentence-transformers' own encode, which is "
    "in single precision and in its own batches",
    "cosine: the least to sentence-transformers' vectors of the same texts; same 10: share of the "
    "ten nearest passages to a question that are the same, the question's vector being the same",
    "a passage is embedded in half precision where the processor multiplies it itself (here, with "
    "AMX, it does), a question in single precision always",
    "start: `domainkit retrieve` in an assistant of one document, wall seconds / seconds of the "
    "processor, median; the second row has the same command use sentence-transformers",
]
_COMMAND = "from domainkit.cli.main import main; main()"
_OLD = (
    "from domainkit.retrieval import bert;bert.Shape.read = classmethod(lambda cls, folder: None);"
)


def main() -> None:
    asked = _arguments()
    texts = _texts(asked.data / "bench" / "scifact" / "corpus.jsonl", asked.texts)
    questions = _texts(asked.data / "bench" / "scifact" / "queries.jsonl", ASKED)
    rows = measure(cache.path(asked.model), texts, questions, asked.rounds)
    starts = _starts(asked.rounds)
    rows = [row | {"start s": starts.get(str(row["way"]), "")} for row in rows]
    print(write("embedding", f"python benchmarks/embedding.py --model {asked.model}", rows, NOTES))


def measure(
    folder: Path, texts: Sequence[str], questions: Sequence[str], rounds: int
) -> list[dict[str, Any]]:
    """Return a row for each way of embedding ``texts`` with the model in ``folder``."""
    ours = FolderEmbedder(folder, name="model")
    theirs = SentenceTransformerEmbedder(folder, name="model")
    model = theirs._model  # its own encode is what is compared with
    ways: dict[str, Way] = {
        "domainkit": lambda given: ours.encode(given, role="passage"),
        "domainkit, single precision": lambda given: ours.encode(given, role="query"),
        "sentence-transformers, half precision": lambda given: theirs.encode(
            given, role="passage"
        ),
        OWN: lambda given: model.encode(
            list(given), normalize_embeddings=True, show_progress_bar=False
        ),
    }
    for way in ways.values():
        way(texts[:8])  # loaded and compiled before anything is timed
    made: dict[str, Vectors] = {}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            made[name] = way(texts)
            seconds[name].append(time.perf_counter() - began)
    wanted = theirs.encode(questions, role="query")
    each = {name: len(texts) / median(taken) for name, taken in seconds.items()}
    return [
        {
            "way": name,
            "passages/s": f"{each[name]:.1f}",
            "ratio": f"{each[name] / each[OWN]:.2f}",
            "cosine": f"{(made[name] * made[OWN]).sum(axis=1).min():.6f}",
            "same 10": f"{_same(wanted, made[name], made[OWN]):.4f}",
        }
        for name in ways
    ]


def _same(questions: Vectors, one: Vectors, other: Vectors) -> float:
    first, second = (np.argsort(-(questions @ v.T), axis=1)[:, :NEAREST] for v in (one, other))
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return float(np.mean([len({*a} & {*b}) / len(a) for a, b in pairs]))


def _starts(rounds: int) -> dict[str, str]:
    """Return the seconds of one `retrieve`, with OpenVINO and with sentence-transformers."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "assistant"
        _run(_COMMAND, Path(place), "new", "assistant", "--domain", "medical")
        _run(_COMMAND, folder, "ingest")
        codes = {"domainkit": _COMMAND, OWN: _OLD + _COMMAND}
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in codes}
        for _ in range(rounds):
            for name, code in codes.items():
                taken[name].append(_run(code, folder, "retrieve", "When is metformin harmful?"))
    return {
        name: " / ".join(f"{median(part):.1f}" for part in zip(*runs, strict=True))
        for name, runs in taken.items()
    }


def _run(code: str, folder: Path, *words: str) -> tuple[float, float]:
    """Return the seconds, wall and processor's, that the command line took."""
    began, used = time.perf_counter(), _used()
    command = [sys.executable, "-c", code, *words]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began, _used() - used


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _texts(path: Path, count: int) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [f"{row.get('title', '')}\n{row['text']}".strip() for row in rows]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    data = os.environ.get("DOMAINKIT_DATA", "../shared/data")
    parser.add_argument("data", nargs="?", type=Path, default=data)
    parser.add_argument("--model", default="all-minilm-l6-v2")
    parser.add_argument("--texts", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    asked.data = Path(asked.data)
    return asked


if __name__ == "__main__":
    main()
