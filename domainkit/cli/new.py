"""``domainkit new``: write a new assistant's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from domainkit.cli.output import out, print_json
from domainkit.packs import scaffold

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit new my-firm --domain legal · "
    "In Chinese first: domainkit new --domain medical --lang zh"
)


@app.command(epilog=EPILOG)
def new(
    name: Annotated[
        str | None, typer.Argument(help="Name of the assistant; DOMAIN-assistant by default.")
    ] = None,
    *,
    domain: Annotated[
        str, typer.Option(help="Pack to extend: medical, legal, biomedical, or a folder's path.")
    ],
    lang: Annotated[Literal["en", "zh"], typer.Option(help="First language.")] = "en",
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The assistant's own folder; ./NAME by default.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be written, write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the folder of a new assistant that runs at once."""
    planned = scaffold.plan(
        name, domain=domain, language=lang, folder=folder and folder.expanduser(), base=Path.cwd()
    )
    if not dry_run:
        scaffold.write(planned)
    commands = _next(planned)
    if as_json:
        print_json(
            {
                "name": planned.name,
                "domain": planned.pack.name,
                "folder": planned.folder,
                "files": list(planned.files),
                "written": not dry_run,
                "next": commands,
            }
        )
        return
    shown = escape(str(_short(planned.folder)))
    out.print(f"{'Would write' if dry_run else 'Wrote'} {len(planned.files)} files to {shown}:")
    for path in planned.files:
        out.print(f"  {escape(path)}")
    if not dry_run:
        out.print("\nPut your documents into documents/, then:")
        for command in commands:
            out.print(f"  {escape(command)}")


def _next(planned: scaffold.Plan) -> list[str]:
    return [f"cd {_short(planned.folder)}", "domainkit ingest", 'domainkit ask "your question"']


def _short(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
