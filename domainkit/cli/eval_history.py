"""``domainkit eval history`` and ``compare``: a metric over time, and one run against another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from domainkit.assistant import locate
from domainkit.assistant.folder import Layout
from domainkit.cli import eval_text
from domainkit.cli.eval_group import app
from domainkit.cli.eval_show import Folder, kept
from domainkit.cli.output import out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation import plot
from domainkit.evaluation.codec import encode
from domainkit.evaluation.evaluate import compared
from domainkit.evaluation.log import Log, Point
from domainkit.packs.schemas.gates import METRICS, parted
from domainkit.registry import nearest


@app.command(epilog="Example: domainkit eval history --metric citation_recall@language:zh")
def history(
    *,
    metric: Annotated[
        str, typer.Option(metavar="METRIC[@SLICE]", help="What to follow.")
    ] = "status_accuracy",
    partial: Annotated[
        bool, typer.Option("--partial", help="Runs of some questions only, too.")
    ] = False,
    plotted: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Where to draw it, as SVG.")
    ] = None,
    assistant: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="Print the points as JSON.")] = False,
) -> None:
    """Follow a metric over all runs: a table, and a drawing beside the log."""
    name, part = parted(metric)
    if name not in METRICS:
        raise EvaluationError(f"there is no metric '{name}'", hint=nearest(name, list(METRICS)))
    folder = Layout(locate(assistant)).evaluations
    points = Log(folder).history(name, part, partial=partial)
    if not any(point.value is not None for point in points):
        raise EvaluationError(
            f"{folder}: no run has measured {metric}", hint="evaluate first: domainkit eval"
        )
    place = plotted or folder / f"history-{metric.replace(':', '-').replace('/', '-')}.svg"
    place.write_text(plot.svg(metric, points), encoding="utf-8")
    if json:
        print_json({"metric": name, "slice": part, "plot": place, "points": encode(points)})
        return
    out.print(_table(points))
    out.print(f"{plot.sparkline([point.value for point in points])}  {metric}", markup=False)
    out.print(f"drawn in {place}", markup=False)


@app.command(epilog="Example: domainkit eval compare 20260102 last --json")
def compare(
    earlier: Annotated[
        str, typer.Argument(metavar="EARLIER", help="A run, or how its id begins.")
    ],
    later: Annotated[str, typer.Argument(metavar="LATER", help="A run, or last.")] = "last",
    *,
    assistant: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Test two runs against each other over the questions both asked."""
    runs = kept(assistant)
    run = compared(runs, runs.read(later), list(runs.items(later)), against=earlier)
    if json:
        print_json(
            {
                "earlier": run.against,
                "later": run.id,
                "comparisons": encode(run.comparisons),
                "changes": encode(run.changes),
            }
        )
        return
    table = Table(box=None, pad_edge=False)
    for column in ("metric", "earlier", "later", "difference", "by chance", "of"):
        table.add_column(column, no_wrap=True)
    for one in run.comparisons:
        if one.difference:
            name = f"{one.metric}@{one.slice}" if one.slice else one.metric
            told = f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
            numbers = (f"{one.before:.3f}", f"{one.after:.3f}", told, f"{one.chance:.3f}")
            table.add_row(name, *numbers, str(one.count))
    out.print(table if table.row_count else "no metric moved")
    eval_text.show_changes(run, most=len(run.changes))


def _table(points: list[Point]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("run", "value", "95 % interval", "of", "baseline", "configuration"):
        table.add_column(column, no_wrap=True)
    for point in points:
        value = "-" if point.value is None else f"{point.value:.3f}"
        ends = "-" if point.low is None else f"{point.low:.3f} to {point.high:.3f}"
        baseline = "" if point.baseline is None else f"{point.baseline:.3f}"
        row = (point.run, value, ends, str(point.count), baseline, point.configuration[:8])
        table.add_row(*row)
    return table
