"""``domainkit eval show`` and ``list``: the runs that were kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from domainkit.assistant import locate
from domainkit.assistant.folder import Layout
from domainkit.cli import eval_text
from domainkit.cli.eval_group import app
from domainkit.cli.output import out, print_json
from domainkit.evaluation import markdown
from domainkit.evaluation.codec import encode
from domainkit.evaluation.record import RUNS, Runs

Folder = Annotated[
    Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
]


@app.command(epilog="Example: domainkit eval show last --markdown > evaluation.md")
def show(
    name: Annotated[
        str, typer.Argument(metavar="RUN", help="Its id, how that begins, or last.")
    ] = "last",
    *,
    items: Annotated[
        bool, typer.Option("--items", help="With --json: every question too.")
    ] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the run as Markdown, with its slices.")
    ] = False,
    assistant: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Show a run that was kept."""
    runs = kept(assistant)
    run = runs.read(name)
    if json:
        made = encode(run) | {"passed": run.passed}
        print_json(
            made | {"items": [encode(item) for item in runs.items(name)]} if items else made
        )
    elif as_markdown:
        out.print(markdown.page(run, list(runs.items(name))), markup=False)
    else:
        eval_text.show(run)


@app.command("list", epilog="Example: domainkit eval list")
def list_runs(
    *,
    assistant: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the runs that were kept, the oldest first."""
    runs = kept(assistant)
    found = [runs.read(name) for name in runs.ids()]
    if json:
        print_json(
            [
                {
                    "id": run.id,
                    "started": run.started.isoformat(),
                    "questions": run.questions,
                    "partial": list(run.partial),
                    "configuration": run.configuration,
                    "passed": run.passed,
                }
                for run in found
            ]
        )
        return
    table = Table(box=None, pad_edge=False)
    for column in ("run", "questions", "configuration", "gates"):
        table.add_column(column)
    for run in found:
        table.add_row(run.id, eval_text.asked(run), run.configuration[:8], eval_text.gates(run))
    out.print(table)


def kept(assistant: Path | None) -> Runs:
    """Return the runs of an assistant."""
    return Runs(Layout(locate(assistant)).evaluations / RUNS)
