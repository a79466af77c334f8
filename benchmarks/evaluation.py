"""Evaluates a pack on its whole suite twice: what a run costs, and what it costs unchanged.

    python benchmarks/evaluation.py [--tier extractive] [--tier embedded]

Seconds are of the wall and of the processor: on a machine that is busy with other work, only the
second say what a run takes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from report import kept, write

COMMAND = "python benchmarks/evaluation.py"
PACK = "medical"
TIERS = ("extractive", "embedded")
SHOWN = ("status_accuracy", "mrr@10", "citation_recall", "must_say_rate", "model_written_rate")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", action="append", choices=TIERS, help="one of them; or all")
    tiers = parser.parse_args().tier or TIERS
    rows = [row for tier in tiers for row in _of_tier(tier)]
    notes = [
        "two questions are asked at once; the second run finds every answer kept",
        "cpu s: of all threads; two cores give at most two of them a second",
    ]
    print(write("evaluation", COMMAND, kept("evaluation", rows, ("tier", "run")), notes))


def _of_tier(tier: str) -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "assistant"
        _run("new", "assistant", "--domain", PACK, "--dir", str(folder), cwd=Path(place))
        _run("ingest", cwd=folder)
        for name in ("first", "unchanged"):
            began, used = time.perf_counter(), _processor()
            run = json.loads(_run("eval", "--tier", tier, "--json", cwd=folder))
            yield {
                "tier": tier,
                "run": name,
                "questions": run["questions"],
                "asked": run["questions"] - run["cached"],
                "wall s": round(time.perf_counter() - began, 1),
                "cpu s": round(_processor() - used, 1),
                **{metric: _value(run, metric) for metric in SHOWN},
            }


def _value(run: dict[str, Any], metric: str) -> object:
    found = (s["value"] for s in run["scores"] if (s["metric"], s["slice"]) == (metric, ""))
    value = next(found, None)
    return "" if value is None else round(value, 3)


def _run(*arguments: str, cwd: Path) -> str:
    """Return what a command prints; a gate that fails is no failure of the measurement."""
    command = [sys.executable, "-m", "domainkit", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 10}:
        sys.exit(done.stderr)
    return done.stdout


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
