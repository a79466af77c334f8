"""``domainkit bench guards``: what each guard stops, what it stops wrongly, how long it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from domainkit import settings
from domainkit.assistant import embedding
from domainkit.assistant.vectors import QuestionVectors
from domainkit.cli.bench_sufficiency import app
from domainkit.cli.output import err, out, print_json
from domainkit.evaluation import guards as evaluation
from domainkit.evaluation.cases import Case, read
from domainkit.packs import loader

__all__ = ["app", "guards"]

EPILOG = (
    "Example: domainkit bench guards --domain medical · "
    "domainkit bench guards --domain legal --suite mine.jsonl --wrong"
)
HELD = frozenset({"osterhaven", "lanting"})  # whose texts the legal pack brings


@app.command(epilog=EPILOG)
def guards(
    *,
    domain: Annotated[str, typer.Option(help="Whose guards: a pack or a folder.")] = "medical",
    suite: Annotated[
        Path | None, typer.Option(help="Measure on this file, not on the pack's guards.jsonl.")
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Judge by words alone, as without an embedder.")
    ] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="List what was judged wrongly.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure each guard on texts it must stop and on others that only look so."""
    pack = loader.load(domain)
    embedder = None if words else embedding.embedder(settings.load(), pack)
    given = {"vector": QuestionVectors(lambda: embedder), "jurisdictions": lambda: HELD}
    cases = [*(read(suite) if suite else evaluation.cases_of(pack))]
    with err.status(f"judging {len(cases)} texts ..."):
        measured = evaluation.measure(pack, cases, given)
        asked = [case for case in cases if case.source is None and not case.stop]
        added = evaluation.percentile(evaluation.together(pack, asked, given))
    rows = [one.project() for one in measured]
    missed = [_shown(case) for one in measured for case in one.wrong]
    if json:
        result: dict[str, Any] = {"pack": pack.name, "guards": rows, "all p95 ms": round(added, 2)}
        print_json(result | ({"wrong": missed} if wrong else {}))
        return
    table = Table(box=None, pad_edge=False)
    for column in rows[0] if rows else ():
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    out.print(table)
    out.print(f"all guards of a question together: p95 {added:.1f} ms", highlight=False)
    for case in missed if wrong else ():
        out.print(f"{case['guard']}: {case['wrongly']}: {case['text']}", markup=False)


def _shown(case: Case) -> dict[str, str]:
    wrongly = "let through" if case.stop else "stopped"
    return {"guard": case.guard, "wrongly": wrongly, "text": case.text}
