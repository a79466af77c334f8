"""Evaluates a pack on its whole suite twice: what a run costs, and what it costs unchanged.

    python benchmarks/evaluation.py [--tier extractive] [--tier embedded]
    python benchmarks/evaluation.py --regressions

Seconds are of the wall and of the processor: on a machine that is busy with other work, only the
second say what a run takes. With --regressions a guard is put off and the weights of retrieval are
broken: which gates fail that passed before?
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


# What is written to a file of the assistant to make it worse.
REGRESSIONS = {
    "as it is": ("guards.yaml", ""),
    "injection guard off": ("guards.yaml", "injection: null\n"),
    "retrieval weights broken": (
        "domain.yaml",
        "\nretrieval: {coverage_weight: 0, neighbour_weight: 1, rerank: false}\n",
    ),
}
GATES = """\
citation_recall@language:en: {least: 0.8}
citation_recall@language:zh: {least: 0.8}
mrr@10@language:en: {least: 0.85}
mrr@10@language:zh: {least: 0.85}
refusal_recall@tag:injection: {least: 1.0}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regressions", action="store_true", help="plant some instead")
    parser.add_argument("--tier", action="append", choices=TIERS, help="one of them; or all")
    arguments = parser.parse_args()
    if arguments.regressions:
        notes = ["gates: the pack's, and those of slices in this script; extractive tier"]
        command = f"{COMMAND} --regressions"
        print(write("evaluation-regressions", command, list(_regressions()), notes))
        return
    tiers = arguments.tier or TIERS
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


def _regressions() -> Iterator[dict[str, object]]:
    """Yield which gates fail of a planted regression, beside those that fail anyway."""
    sound: set[str] | None = None
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "assistant"
        _run("new", "assistant", "--domain", PACK, "--dir", str(folder), cwd=Path(place))
        _run("ingest", cwd=folder)
        (folder / "eval" / "gates.yaml").write_text(GATES)
        for name, (file, text) in REGRESSIONS.items():
            path = folder / file
            before = path.read_text() if path.is_file() else ""
            path.write_text(before + text)
            run = json.loads(_run("eval", "--tier", "extractive", "--json", cwd=folder))
            path.write_text(before)
            failed = {_gate(gate): gate for gate in run["gates"] if not gate["passed"]}
            sound = set(failed) if sound is None else sound
            more = [f"{n} {failed[n]['value']:.3f}" for n in failed if n not in sound]
            yield {
                "planted": name,
                "gates": len(run["gates"]),
                "failed": ", ".join(sorted(failed)) if name == "as it is" else "",
                "failed besides": ", ".join(more),
            }


def _gate(gate: dict[str, Any]) -> str:
    return f"{gate['metric']}@{gate['slice']}" if gate["slice"] else str(gate["metric"])


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
