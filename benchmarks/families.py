"""Tries every model family here, as `domainkit models matrix` does, and writes the table.

    python benchmarks/families.py [FAMILY ...]

Each is a random model of two layers: the table shows that a family can be tuned, merged, answered
with and exported, not how well a model of it answers.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from report import write

from domainkit.generation import parity
from domainkit.models import families
from domainkit.training.matrix import Row, run

COMMAND = "python benchmarks/families.py"


def main() -> None:
    names = sys.argv[1:] or list(families.families())
    begun, used = time.perf_counter(), time.process_time()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in run(names, Path(folder)):
            print(row.family, row.outcome, row.reason)
            rows.append(row)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    notes = [
        f"all: {seconds:.0f} s, {used:.0f} s of processor time",
        "one step of LoRA on every linear layer of a block; saved, opened again, merged, asked",
        "moved: how far the step moved the log-probabilities of the 20 likeliest tokens (mean)",
        f"merged: how far the merged model is from the tuned one (at most {parity.MERGED:g})",
        f"llama.cpp: how far base and adapter as GGUF are from it (at most {parity.ROUNDED:g})",
        "llama.cpp -: it does not run the family, so there is nothing to export to",
        *(f"{row.family} is refused: {row.reason}" for row in rows if row.outcome == "refused"),
        *(f"{row.family} failed: {row.reason}" for row in rows if row.outcome == "failed"),
    ]
    print(
        write("families", " ".join([COMMAND, *sys.argv[1:]]), [_line(row) for row in rows], notes)
    )


def _line(row: Row) -> dict[str, object]:
    return {
        "family": row.family,
        "models": row.title,
        "outcome": row.outcome,
        "layers tuned": row.modules or "-",
        "moved": _figure(row.moved),
        "merged": _figure(row.merged),
        "GGUF": row.architecture or "-",
        "llama.cpp": _figure(row.gguf),
        "s": row.seconds,
    }


def _figure(value: float | None) -> object:
    return "-" if value is None else value


if __name__ == "__main__":
    main()
