"""``domainkit eval report``: a run as one page that opens from the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from domainkit.cli.eval_group import app
from domainkit.cli.eval_show import Folder, kept
from domainkit.cli.output import out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation.codec import encode
from domainkit.evaluation.comparison import compare
from domainkit.evaluation.record import Runs
from domainkit.evaluation.report import findings
from domainkit.evaluation.report.page import Reported, page

EPILOG = "Example: domainkit eval report last --against 20261126 --out report.html"


@app.command(epilog=EPILOG)
def report(
    name: Annotated[
        str, typer.Argument(metavar="RUN", help="Its id, how that begins, or last.")
    ] = "last",
    *,
    against: Annotated[
        str, typer.Option(metavar="RUN", help="Hold it against this run, side by side.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where the page is written.")
    ] = None,
    assistant: Folder = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print findings, limits and differences as JSON too.")
    ] = False,
) -> None:
    """Write a run as one page: what was tested, on what, what failed, with what limits.

    It needs no network and loads nothing. It holds the documents' words as the run does.
    """
    runs = kept(assistant)
    made = _read(runs, name)
    before = _read(runs, against) if against else None
    target = to or runs.folder / made.run.id / "report.html"
    try:
        target.write_bytes(page(made, before).encode("utf-8", "replace"))
    except OSError as error:
        raise EvaluationError(
            f"{target} cannot be written: {error.strerror}", hint="name another file with --out"
        ) from error
    if json:
        print_json(_summary(target, made, before))
    else:
        out.print(f"written to {target}", markup=False)


def _read(runs: Runs, name: str) -> Reported:
    return Reported(runs.read(name), list(runs.items(name)))


def _summary(target: Path, made: Reported, before: Reported | None) -> dict[str, object]:
    found = findings.findings(made.items)
    moved = compare(before.items, made.items) if before else ()
    return {
        "file": str(target),
        "run": made.run.id,
        "against": before.run.id if before else None,
        "passed": made.run.passed,
        "findings": [
            {"kind": f.kind.id, "harmful": f.kind.harmful, "of": f.of, "items": list(f.items)}
            for f in found
        ],
        "limits": list(findings.limits(made.run, made.items)),
        "comparisons": encode(moved),
    }
