"""``domainkit models matrix``: every family's whole life, tried on this machine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from domainkit.cli.output import err, out, print_json
from domainkit.errors import GateFailed
from domainkit.models import families
from domainkit.training.matrix import Row, run


def show(names: Sequence[str], *, json: bool) -> None:
    """Try the families ``names``, all if none, and print what became of each.

    Raises:
        GateFailed: naming those that failed, once all are printed.
    """
    begun, rows = time.perf_counter(), list[Row]()
    chosen = list(dict.fromkeys(names or families.families()))
    with tempfile.TemporaryDirectory(prefix="domainkit-matrix-") as folder:
        for row in run(chosen, Path(folder)):
            rows.append(row)
            err.print(f"{row.family}: {row.outcome}, {row.seconds:.1f} s", markup=False)
    seconds = time.perf_counter() - begun
    if json:
        print_json(summary(rows, seconds))
    else:
        out.print(_table(rows))
        for row in rows:
            if row.reason:
                out.print(f"{row.family}: {row.reason}", markup=False)
        out.print(f"{len(rows)} families in {seconds:.0f} s", markup=False)
    if failed := [row.family for row in rows if row.outcome == "failed"]:
        raise GateFailed(
            f"failed: {', '.join(failed)}", hint="the reasons stand in the table and in --json"
        )


def summary(rows: Sequence[Row], seconds: float) -> dict[str, Any]:
    """Return the rows as JSON-ready data, by what became of them."""
    return {
        "working": [row for row in rows if row.outcome == "works"],
        "refused": [row for row in rows if row.outcome == "refused"],
        "failed": [row for row in rows if row.outcome == "failed"],
        "seconds": round(seconds, 1),
    }


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("family", no_wrap=True)
    for heading in ("outcome", "layers tuned", "moved", "merged", "llama.cpp", "s"):
        table.add_column(heading, no_wrap=True)
    table.add_column("models", overflow="fold")
    for row in rows:
        apart = f"{row.architecture} {_figure(row.gguf)}" if row.gguf is not None else "-"
        table.add_row(
            row.family,
            row.outcome,
            str(row.modules or "-"),
            _figure(row.moved),
            _figure(row.merged),
            apart,
            f"{row.seconds:.1f}",
            row.title,
        )
    return table


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"
