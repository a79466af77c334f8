"""Ranks the documents of every benchmark through ``domainkit bench retrieval`` and writes a table.

    python benchmarks/retrieval.py [DATA] [--sets scifact,medquad] [--modes hybrid,lexical,dense]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. With all sets,
embedding their 80,000 passages takes an hour on two cores. A mode that a set cannot be measured in
is left out of its rows: Chinese has words alone until `domainkit models fetch
multilingual-e5-small-4bit`. Beside the table stands a plot of quality against latency.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from report import RESULTS, commit, write
from scatter import Point, scatter

from domainkit.evaluation.resampling import better

SETS = (
    *("scifact", "pubmedqa", "medquad", "bioasq", "covidqa", "liveqa_open"),
    *("legalbenchrag_mini", "stard_zh", "zh_medical_qa"),
)
MODES = ("hybrid", "lexical", "dense")
COUNTED = ("legalbenchrag_mini",)  # the sets whose files' characters count as well

NOTES = [
    "development questions; nDCG has linear gains and log2 discounts (ir-measures)",
    "interval: where the mean of nDCG@10 lies with 95 %, by bootstrap over the questions",
    "p lexical, p dense: how likely hybrid is so much better than that half by chance (a paired "
    "test by signs); one question in twenty would show .05 were they alike",
    "index s: reading, dividing, embedding and indexing, without what an earlier run had encoded; "
    "p50, p95: milliseconds a query of five passages, its embedding left out",
    "no pack: the engine's numbers (docs/decisions/fusion.md)",
    "P@1 chars, R@64 chars: the whole files read again, in passages of about 500 characters",
    "at: the commit a row was measured at; a set keeps its rows until it is measured anew",
    "[retrieval.svg](retrieval.svg) draws quality against p95",
]


def main() -> None:
    asked = _arguments()
    for name in asked.sets.split(","):
        results = dict(_measured(asked.data / "bench" / name, asked.modes.split(",")))
        rows = [_row(result) | _against(mode, results) for mode, result in results.items()]
        print(*rows, sep="\n", file=sys.stderr)
        print(_written(name, rows))


def _written(name: str, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write the table with ``rows`` for the set ``name``; the other sets keep theirs."""
    path = RESULTS / "retrieval.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    rows = sorted(
        [*(row for row in kept if row["set"] != name), *rows],
        key=lambda row: (SETS.index(row["set"]), MODES.index(row["mode"])),
    )
    points = [Point(r["set"], r["mode"], float(r["p95"]), float(r["ndcg@10"])) for r in rows]
    drawn = scatter(points, across="p95, ms a query", up="nDCG@10")
    (RESULTS / "retrieval.svg").write_text(drawn, encoding="utf-8")
    return write("retrieval", "python benchmarks/retrieval.py", rows, NOTES)


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


def _measured(folder: Path, modes: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return what the command prints in each mode that the set can be measured in."""
    results = []
    for mode in modes:
        command = [sys.executable, "-m", "domainkit", "bench", "retrieval", str(folder)]
        options = ["--mode", mode, "--each", "--json"]
        options += ["--chars"] if folder.name in COUNTED else []
        # A set without an embedder refuses `dense`; its reason stays on stderr.
        run = subprocess.run([*command, *options], stdout=subprocess.PIPE, text=True, check=False)
        if run.returncode and mode != "dense":
            run.check_returncode()
        result = json.loads(run.stdout) if run.returncode == 0 else None
        if result and result["settings"]["mode"] == mode:
            results.append((mode, result))
    return results


def _row(result: Mapping[str, Any]) -> dict[str, object]:
    low, high = result["ndcg@10_interval"]
    return {
        "set": result["name"],
        "mode": result["settings"]["mode"],
        "documents": result["docs"],
        "questions": result["queries"],
        "ndcg@10": f"{result['ndcg@10']:.4f}",
        "interval": f"{low:.3f}–{high:.3f}",
        **{name: f"{result[name]:.4f}" for name in ("recall@10", "recall@100", "mrr@10")},
        "P@1 chars": _share(result.get("p@1_chars")),
        "R@64 chars": _share(result.get("r@64_chars")),
        "index s": result["index_seconds"],
        "p50": result["query_ms"]["p50"],
        "p95": result["query_ms"]["p95"],
        "embedder": result["embedder"] or "-",
        "at": commit(),
    }


def _against(mode: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    """Return how likely hybrid's lead over each of its halves is by chance."""
    tests = {}
    for half in ("lexical", "dense"):
        tested = mode == "hybrid" and half in results
        each = [results[name]["each"]["ndcg@10"] for name in (mode, half)] if tested else []
        tests[f"p {half}"] = f"{better(*each):.4f}" if tested else "-"
    return tests


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


if __name__ == "__main__":
    main()
