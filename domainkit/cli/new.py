"""``domainkit new``: write a new assistant's folder."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from domainkit.assistant import gathering
from domainkit.assistant.gathering import Gathered
from domainkit.cli import new_wizard
from domainkit.cli.new_answers import Answers, choices
from domainkit.cli.output import err, out, print_json
from domainkit.packs import scaffold
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

    On a terminal, without --domain, it asks what the other flags leave open.
    """
    answers = Answers(
        name=name, domain=domain, language=language, only=only, audience=audience, tier=tier,
        jurisdictions=None if jurisdiction is None else tuple(jurisdiction), engine=engine,
        model=model, url=url, documents=documents, copy=copy, knowledge=knowledge, folder=folder,
    )  # fmt: skip
    asks = domain is None and not (yes or as_json) and _on_a_terminal()
    if asks:
        answers = new_wizard.asked(answers, suggested={})
    if answers.domain is None:
        raise typer.BadParameter("which pack it extends", param_hint="--domain")
    planned = _planned(answers, answers.domain)
    gathered = gathering.gather(answers.documents) if answers.documents else None
    if asks and not dry_run and not new_wizard.confirmed(len(planned.files), planned.folder):
        raise typer.Abort
    copied = gathered if answers.copy is not False else None
    if not dry_run:
        scaffold.write(planned)
        if copied:
            gathering.copy(copied, planned.folder / gathering.FOLDER)
    commands = _next(planned, None if copied else gathered)
    if as_json:
        print_json(_told(answers, planned, gathered, written=not dry_run) | {"next": commands})
    else:
        _show(planned, copied, commands, written=not dry_run)


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and err.is_terminal


def _planned(answers: Answers, domain: str) -> scaffold.Plan:
    return scaffold.plan(
        answers.name,
        domain=domain,
        language=answers.language or "en",
        folder=answers.folder and answers.folder.expanduser(),
        base=Path.cwd(),
        choices=choices(answers),
    )


def _told(
    answers: Answers, planned: scaffold.Plan, gathered: Gathered | None, *, written: bool
) -> dict[str, Any]:
    documents = gathered and {
        "folder": gathered.folder,
        "files": len(gathered.files),
        "bytes": gathered.size,
        "problems": gathered.problems,
        "copied": written and answers.copy is not False,
    }
    return {
        "name": planned.name,
        "domain": planned.pack.name,
        "folder": planned.folder,
        "files": list(planned.files),
        "documents": documents,
        "written": written,
    }


def _show(
    planned: scaffold.Plan, copied: Gathered | None, commands: list[str], *, written: bool
) -> None:
    shown = escape(str(_short(planned.folder)))
    out.print(f"{'Wrote' if written else 'Would write'} {len(planned.files)} files to {shown}:")
    for path in planned.files:
        out.print(f"  {escape(path)}")
    if copied:
        for problem in copied.problems:
            err.print(f"not copied: {problem}", style="yellow", markup=False)
        size = f"{copied.size / 1e6:,.1f} MB"
        did = "Copied" if written else "Would copy"
        out.print(
            f"{did} {len(copied.files)} documents ({size}) from {escape(str(copied.folder))}"
        )
    if written:
        out.print("\nThen:" if copied else "\nPut your documents into documents/, then:")
        for command in commands:
            out.print(f"  {escape(command)}")


def _next(planned: scaffold.Plan, left: Gathered | None) -> list[str]:
    ingest = f"domainkit ingest {shlex.quote(str(left.folder))}" if left else "domainkit ingest"
    return [f"cd {_short(planned.folder)}", ingest, 'domainkit ask "your question"']


def _short(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
