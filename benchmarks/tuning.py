"""Tunes the retriever on training pairs and measures it on the development questions.

    python benchmarks/tuning.py [DATA] [--sets scifact] [--base all-minilm-l6-v2]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Learns from the
set's training split where there is one (``train_queries.jsonl``), and measures words and vectors
together and vectors alone, before and after. A set takes 10 to 20 minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from report import write

MODES = ("dense", "hybrid")
NOTES = [
    "development questions; nDCG@10 with linear gains and log2 discounts (ir-measures)",
    "trial: nDCG@10 by vectors alone on the training questions held back, which decide; p of a "
    "paired test that flips signs",
    "tuned: all weights, three times over the pairs, at 3e-5, batches of 16, 192 tokens",
]


def main() -> None:
    asked = _arguments()
    rows = []
    for name in asked.sets.split(","):
        folder = asked.data / "bench" / name
        with tempfile.TemporaryDirectory(prefix="domainkit-tuning-") as work:
            card = _tuned(folder, asked.base, Path(work))
            for mode in MODES:
                before = _measured(folder, mode, asked.base)
                after = _measured(folder, mode, card["folder"])
                rows.append(_row(name, mode, card, before, after))
                print(rows[-1], file=sys.stderr)
    print(write("tuning", "python benchmarks/tuning.py", rows, NOTES))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data", nargs="?", type=Path, default=os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    parser.add_argument("--sets", default="scifact")
    parser.add_argument("--base", default="all-minilm-l6-v2")
    asked = parser.parse_args()
    asked.data = Path(asked.data)
    return asked


def _tuned(folder: Path, base: str, work: Path) -> dict[str, Any]:
    """Return the card of the embedder that was tuned on the training split of ``folder``."""
    _domainkit("new", "tuning", "--domain", "biomedical", "--dir", str(work / "tuning"))
    options = ["--from", str(folder), "--base", base, "--keep"]
    return _printed("train", "retriever", *options, "--assistant", str(work / "tuning"))


def _measured(folder: Path, mode: str, embedder: str) -> dict[str, Any]:
    return _printed("bench", "retrieval", str(folder), "--mode", mode, "--embedder", embedder)


def _printed(*words: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(_domainkit(*words, "--json"))
    return result


def _domainkit(*words: str) -> str:
    """Return what the command prints; its progress and its errors stay on stderr."""
    command = [sys.executable, "-m", "domainkit", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _row(
    name: str, mode: str, card: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, object]:
    trial = card["trial"]
    return {
        "set": name,
        "mode": mode,
        "pairs": card["pairs"]["trained"],
        "before": f"{before['ndcg@10']:.4f}",
        "after": f"{after['ndcg@10']:.4f}",
        "trial": f"{trial['before']:.3f} to {trial['after']:.3f}, p {trial['p']:.4f}",
        "embedder": after["embedder"],
    }


if __name__ == "__main__":
    main()
