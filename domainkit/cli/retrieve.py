"""``domainkit retrieve``: the passages found for a question, and on request why."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domainkit.assistant import Assistant, locate
from domainkit.assistant.projection import project_retrieved
from domainkit.cli.output import out, place, print_json, safe
from domainkit.retrieval.explain import Explanation, explain, outdated
from domainkit.retrieval.glossary import Glossary
from domainkit.types import Retrieved

app = typer.Typer(add_completion=False)

EPILOG = 'Example: domainkit retrieve "May the deposit be kept?" -k 3 --explain'


class RetrieveMode(StrEnum):
    """Which indexes are asked."""

    hybrid = "hybrid"
    lexical = "lexical"
    dense = "dense"


@app.command(epilog=EPILOG)
def retrieve(
    question: Annotated[str, typer.Argument(help="The question.")],
    *,
    k: Annotated[
        int | None, typer.Option("-k", "--k", min=1, max=50, help="How many passages.")
    ] = None,
    mode: Annotated[
        RetrieveMode, typer.Option(help="Which indexes to ask.")
    ] = RetrieveMode.hybrid,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only texts in force on this day, not today's."),
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Only texts of this jurisdiction, and texts that name none.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the passages as JSON.")] = False,
    why: Annotated[
        bool, typer.Option("--explain", help="Say what was searched and how each score adds up.")
    ] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
) -> None:
    """Show the passages found for a question, best first."""
    with closing(Assistant.open(locate(assistant))) as opened:
        asked = opened.question(
            question, as_of=as_of.date() if as_of else None, jurisdiction=jurisdiction
        )
        found = opened.retrieve(asked, k=k, mode=mode.value)
        numbers = opened.pack.manifest.retrieval
        glossary = Glossary(opened.pack.glossary)
    reasons = explain(asked, found, numbers, mode.value, glossary) if why else None
    if json:
        passages = {"passages": [project_retrieved(item) for item in found]}
        print_json(passages | ({"explanation": asdict(reasons)} if reasons else {}))
    else:
        _show(found, reasons)


def _show(found: list[Retrieved], reasons: Explanation | None) -> None:
    if reasons:
        _print(f"terms: {' '.join(reasons.terms) or 'none'}", "dim")
        for term, names in reasons.names.items():
            _print(f"{term}: also {', '.join(names)}", "dim")
        _print(f"kept: {reasons.filter}", "dim")
        _print(f"score = {reasons.scores}\n", "dim")
    if not found:
        _print("Nothing was found.", "bold yellow")
    today = datetime.now().astimezone().date()
    for item in found:
        said = " · ".join(f"{name} {score:.3f}" for name, score in item.via.items())
        _print(f"{item.rank}. {item.score:.3f}  ({said})", "bold")
        if reasons:
            parts = reasons.parts[item.rank - 1].items()
            _print(f"   = {' + '.join(f'{part:.3f} {name}' for name, part in parts)}", "dim")
        passage = item.passage
        where = place(passage.title, passage.section, passage.locator, passage.page)
        _print(f"   {where}", "cyan")
        if ended := outdated(passage.validity, today):
            _print(f"   {ended}", "bold yellow")
        for other in item.also:
            also = place(other.title, other.section, other.locator, other.page)
            _print(f"   also: {also}", "cyan dim")
        _print(f"   {' '.join(passage.text.split())}\n")


def _print(text: str, style: str = "") -> None:
    out.print(Text(safe(text), style=style))
