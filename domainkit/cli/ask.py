"""``domainkit ask``: a question answered from the documents, every citation shown in full."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate, project
from domainkit.cli import answers
from domainkit.cli.output import print_json
from domainkit.errors import QuestionError

app = typer.Typer(add_completion=False)

EPILOG = (
    'Example: domainkit ask "How much paracetamol may an adult take in a day?" · '
    "Read it from a file: domainkit ask - --json < question.txt"
)


@app.command(epilog=EPILOG)
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Print each sentence once its citations are checked.")
    ] = False,
    adapter: Annotated[
        str | None,
        typer.Option(help="Answer with this tuned adapter, not the active one; base: with none."),
    ] = None,
    k: Annotated[
        int | None, typer.Option("-k", "--k", min=1, max=50, help="How many passages to read.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only texts in force on this day, not today's."),
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Only texts of this jurisdiction, and texts that name none.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="What writes the answer: extractive, openvino, ...")
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
) -> None:
    """Answer a question from the documents, with citations.

    Every answer leaves with 0: that the documents do not say, a refusal and an escalation too.
    """
    if json and stream:
        raise typer.BadParameter("--json prints the whole answer at once: leave --stream out")
    overrides = {"generation.engine": engine}
    with closing(Assistant.open(locate(assistant), overrides=overrides)) as opened:
        asked = opened.question(
            _read() if question == "-" else question,
            as_of=as_of.date() if as_of else None,
            jurisdiction=jurisdiction,
        )
        if stream:
            answers.follow(opened.stream(asked, k=k, adapter=adapter))
            return
        turn = opened.ask(asked, k=k, adapter=adapter)
    if json:
        print_json(project(turn))
    else:
        answers.show(turn)


def _read() -> str:
    """Return standard input as text.

    Raises:
        QuestionError: when it is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"standard input: byte {error.start:,} is not UTF-8 text",
            hint="to ask about a document, ingest it first: domainkit ingest FILE",
        ) from error
