"""``domainkit eval``: asks the suites' questions, shows what the answers are worth, keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domainkit.assistant import Assistant, locate
from domainkit.cli import eval_text
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json
from domainkit.errors import GateFailed
from domainkit.evaluation import suite
from domainkit.evaluation.codec import encode
from domainkit.evaluation.evaluate import Evaluation, Options
from domainkit.evaluation.record import Run
from domainkit.settings import Tier

EPILOG = (
    "Example: domainkit eval run · domainkit eval --only injection --json · "
    "domainkit eval --tier extractive"
)


@app.command(epilog=EPILOG)
def run(  # noqa: PLR0913 # each is a flag
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG|ID", help="Ask only questions of this tag, language or id."),
    ] = None,
    suites: Annotated[
        list[Path] | None,
        typer.Option("--suite", metavar="PATH", help="Ask this file's questions instead."),
    ] = None,
    tier: Annotated[Tier | None, typer.Option(help="Which models answer.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="What writes the answers: extractive, openvino, ...")
    ] = None,
    adapter: Annotated[
        str | None,
        typer.Option(help="Answer with this tuned adapter, not the active one; base: with none."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Compare with this run, not the last of its kind."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=32, help="How many questions are asked at once.")
    ] = 2,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask again what an earlier run has asked.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be asked, and ask nothing.")
    ] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Ask every judged question and score the answers; leaves with 10 when a gate fails."""
    overrides = {"generation.engine": engine, "tier": tier}
    with closing(Assistant.open(locate(assistant), overrides=overrides)) as opened:
        asked = suite.load(opened.pack, suites or ())
        partial = tuple(only or ())
        asked = suite.only(asked, partial) if partial else asked
        with progress() as shown:
            options = Options(adapter, against, workers, fresh, partial, shown)
            evaluation = Evaluation(opened, asked, options)
            if dry_run:
                eval_text.show_plan(evaluation, json=json)
                return
            made, _ = evaluation.run()
    if json:
        print_json(encode(made) | {"passed": made.passed})
    else:
        eval_text.show(made)
        out.print(f"kept as {made.id}: domainkit eval show {made.id}", markup=False)
    check(made)


def check(run: Run, *, hint: str = "") -> None:
    """Raise ``GateFailed`` naming metric, slice, value and bound of each gate that failed."""
    failed = [eval_text.gate(gate) for gate in run.gates if not gate.passed]
    if failed:
        raise GateFailed("; ".join(failed), hint=hint or f"domainkit eval show {run.id}")


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Show on stderr how many questions are answered."""
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
