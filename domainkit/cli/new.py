"""``domainkit new``: write a new assistant's folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from domainkit.assistant import gathering
from domainkit.cli import new_proposals, new_wizard
from domainkit.cli.new_answers import Answers
from domainkit.cli.new_making import Making
from domainkit.cli.new_proposals import Proposed
from domainkit.cli.output import err, print_json
from domainkit.settings import Tier

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit new my-firm --domain legal · asked step by step: domainkit new · "
    "in Chinese first: domainkit new --domain medical --language zh"
)


@app.command(epilog=EPILOG)
def new(  # noqa: PLR0913 # each is an answer
    name: Annotated[
        str | None, typer.Argument(help="Name of the assistant; DOMAIN-assistant by default.")
    ] = None,
    *,
    domain: Annotated[
        str | None,
        typer.Option(help="Pack to extend: medical, legal, biomedical, or a folder's path."),
    ] = None,
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option("--language", "--lang", help="First language; en by default."),
    ] = None,
    only: Annotated[
        bool, typer.Option("--only", help="In that language only, not in the pack's others too.")
    ] = False,
    jurisdiction: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Country of the questions; repeat, the first counts."),
    ] = None,
    audience: Annotated[
        str | None, typer.Option(help="For whom answers are written; as the pack has it.")
    ] = None,
    tier: Annotated[Tier | None, typer.Option(help="What writes; embedded by default.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="Engine that runs the model; auto by default.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model; the pack's by default.")] = None,
    url: Annotated[
        str | None, typer.Option(help="For --engine chat: a server's address, ending in /v1.")
    ] = None,
    documents: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of documents to begin with.")
    ] = None,
    from_documents: Annotated[
        Path | None,
        typer.Option(
            "--from-documents",
            metavar="DIR",
            help="Read some of this folder and propose domain, language, names and questions.",
        ),
    ] = None,
    copy: Annotated[
        bool | None,
        typer.Option("--copy/--no-copy", help="Copy them into documents/, or leave them there."),
    ] = None,
    knowledge: Annotated[
        bool | None,
        typer.Option("--knowledge/--no-knowledge", help="Keep the pack's own texts, or not."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The assistant's own folder; ./NAME by default.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, take the defaults.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be written, write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the folder of a new assistant that runs at once.

    On a terminal, without --domain, it asks what the other flags leave open. What is proposed
    from documents is marked as such until a person takes it up.
    """
    answers = Answers(
        name=name, domain=domain, language=language, only=only, audience=audience, tier=tier,
        jurisdictions=None if jurisdiction is None else tuple(jurisdiction), engine=engine,
        model=model, url=url, documents=from_documents or documents, copy=copy,
        knowledge=knowledge, folder=folder,
    )  # fmt: skip
    found = _found(answers, asked=from_documents is not None)
    if found and not as_json:
        new_proposals.show(found)
    asks = domain is None and not (yes or as_json) and _on_a_terminal()
    if asks:
        answers = new_wizard.asked(answers, suggested=found.suggested if found else {})
    made = Making(answers, found, decided=asks)
    if asks and not dry_run and not new_wizard.confirmed(len(made.plan.files), made.plan.folder):
        raise typer.Abort
    if not dry_run:
        made.write()
    if as_json:
        print_json(made.told(written=not dry_run))
    else:
        made.show(written=not dry_run)


def _found(answers: Answers, *, asked: bool) -> Proposed | None:
    """Return what the documents show, where it was asked for."""
    if not asked or answers.documents is None:
        return None
    gathered = gathering.gather(answers.documents)
    with err.status("reading some of the documents ..."):
        return new_proposals.proposed(gathered, copied=answers.copy is not False)


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and err.is_terminal
