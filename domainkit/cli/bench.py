"""``domainkit bench``: measure on a benchmark's own files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from domainkit import settings
from domainkit.cli.bench_guards import app
from domainkit.cli.output import err, out, print_json
from domainkit.evaluation import beir, benchmark, characters, setups
from domainkit.packs import loader

__all__ = ["app", "retrieval"]


class BenchMode(StrEnum):
    """Which indexes are asked."""

    hybrid = "hybrid"
    lexical = "lexical"
    dense = "dense"


@app.command(
    epilog="Example: domainkit bench retrieval scifact --json · "
    "domainkit bench retrieval scifact --mode lexical"
)
def retrieval(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Holds corpus.jsonl, queries.jsonl, qrels.tsv.")
    ],
    *,
    domain: Annotated[
        str | None, typer.Option(help="Measure this pack's numbers and embedder.")
    ] = None,
    mode: Annotated[BenchMode, typer.Option(help="Which indexes to ask.")] = BenchMode.hybrid,
    embedder: Annotated[
        str, typer.Option(metavar="ID|FOLDER", help="Measure with this embedder.")
    ] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Encode every text again, to time it.")
    ] = False,
    chars: Annotated[
        bool, typer.Option("--chars", help="Count characters of the files in DIR/files, too.")
    ] = False,
    each: Annotated[
        bool, typer.Option("--each", help="Give every question's score, for paired tests.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure how well documents are ranked for questions with known answers."""
    judged = beir.load(folder)
    setup, said = setups.choose(
        benchmark.language(judged),
        pack=loader.load(domain) if domain else None,
        mode=mode.value,
        embedder=embedder,
        settings=settings.load(),
        fresh=fresh,
    )
    with _progress() as progress:
        outcome = benchmark.run(judged, setup, progress=progress)
        counted = characters.run(judged, setup, progress=progress) if chars else None
    result = benchmark.project(outcome, setup, said)
    result |= characters.project(counted) if counted else {}
    if each:
        result["each"] = {"ndcg@10": outcome.scores.ndcg}
    if json:
        print_json(result)
    else:
        _show(result)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show on stderr what is being done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = progress.add_task(doing, total=total)
            progress.update(tasks[doing], completed=done, total=total)

        yield tell


def _show(result: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for key, value in result.items():
        shown = value.items() if isinstance(value, dict) else [("", value)]
        for name, item in shown:
            table.add_row(f"{key} {name}".strip(), "-" if item is None else str(item))
    out.print(table)
