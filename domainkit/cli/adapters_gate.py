"""``domainkit adapters gate``: is a candidate better than the base, and worse in nothing?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from domainkit.assistant import Assistant, locate
from domainkit.cli.adapters import Folder, Json, Name
from domainkit.cli.adapters_reproduce import app
from domainkit.cli.eval_run import progress
from domainkit.cli.output import out, print_json
from domainkit.errors import GateFailed
from domainkit.evaluation.promotion import Asking
from domainkit.evaluation.promotion import gate as judge
from domainkit.generation import gated
from domainkit.packs.schemas.adapter import PAGE, Verdict

__all__ = ["app"]


@app.command(epilog="Example: domainkit adapters gate NAME · domainkit adapters activate NAME")
def gate(
    name: Name,
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG|ID", help="Ask only these questions; promotes nothing."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=32, help="How many questions are asked at once.")
    ] = 4,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Ask the suites with and without an adapter; leaves with 10 when it is refused.

    The verdict is kept with the adapter.
    """
    with closing(Assistant.open(locate(assistant))) as opened:
        adapter = opened.adapting.adapters.get(name)
        with progress() as shown:
            asking = Asking(tuple(only or ()), workers, shown)
            verdict = judge(opened, adapter, asking, now=datetime.now(UTC))
    gated.write(adapter, verdict)
    if json:
        print_json(verdict.model_dump(mode="json", by_alias=True) | {"passed": verdict.passed})
    else:
        _show(verdict)
        out.print(f"kept in {adapter.kept / PAGE}", markup=False)
    if not verdict.passed:
        raise GateFailed(
            f"the gate refuses '{name}': {'; '.join(verdict.reasons)}",
            hint="train it otherwise, or activate it nevertheless: --ungated",
        )
    if not json:
        out.print(f"{name} passes; next: domainkit adapters activate {name}", markup=False)


def _show(verdict: Verdict) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("area", "metric", "base", "adapter", "p", "questions", ""):
        table.add_column(heading, overflow="fold")
    for one in verdict.measured:
        table.add_row(
            one.area,
            one.metric,
            f"{one.before:.3f}",
            f"{one.after:.3f}",
            f"{one.chance:.3f}",
            str(one.count),
            "better" if one.gained else "worse" if one.lost else "",
        )
    out.print(table)
