"""Ranks the documents of every benchmark through ``domainkit bench retrieval`` and writes a table.

    python benchmarks/retrieval.py [DATA] [--sets scifact,medquad] [--modes hybrid,lexical]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. With all sets,
embedding their 50,000 passages takes 20 minutes on two cores. A mode that a set cannot be measured
in is left out of its rows: Chinese has words alone until an embedder for it is fetched.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from report import write

SETS = (
    *("scifact", "pubmedqa", "medquad", "bioasq", "covidqa", "liveqa_open"),
    *("legalbenchrag_mini", "stard_zh", "zh_medical_qa"),
)
MODES = ("hybrid", "lexical")


def main() -> None:
    asked = _arguments()
    rows = []
    for name in asked.sets.split(","):
        for mode in asked.modes.split(","):
            result = _measure(asked.data / "bench" / name, mode)
            if result["settings"]["mode"] == mode:
                rows.append(_row(result))
                print(rows[-1], file=sys.stderr)
    print(write("retrieval", "python benchmarks/retrieval.py", rows, NOTES))


NOTES = [
    "development questions; nDCG has linear gains and log2 discounts (ir-measures)",
    "index s: reading, dividing, embedding and indexing; p50, p95: milliseconds a query of five "
    "passages, its embedding left out",
    "no pack: the engine's numbers, chosen on scifact, pubmedqa and medquad",
    "legalbenchrag_mini: its ready-made passages are ranked, not the characters of whole files",
]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data", nargs="?", type=Path, default=os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--modes", default=",".join(MODES))
    asked = parser.parse_args()
    asked.data = Path(asked.data)
    return asked


def _measure(folder: Path, mode: str) -> dict[str, Any]:
    """Return what the command prints; its progress and its errors stay on stderr."""
    command = [sys.executable, "-m", "domainkit", "bench", "retrieval", str(folder)]
    run = subprocess.run(
        [*command, "--mode", mode, "--json"], stdout=subprocess.PIPE, text=True, check=True
    )
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def _row(result: dict[str, Any]) -> dict[str, object]:
    measures = ("ndcg@10", "recall@10", "recall@100", "mrr@10")
    return {
        "set": result["name"],
        "mode": result["settings"]["mode"],
        "documents": result["docs"],
        "questions": result["queries"],
        **{name: f"{result[name]:.4f}" for name in measures},
        "index s": result["index_seconds"],
        "p50": result["query_ms"]["p50"],
        "p95": result["query_ms"]["p95"],
        "embedder": result["embedder"] or "-",
    }


if __name__ == "__main__":
    main()
