"""``domainkit forget``: remove a document from the assistant."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate
from domainkit.cli.output import out, print_json

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit forget documents/contract.pdf · domainkit forget documents/faq.csv#17. "
    "A file that is still on the disk is read again by the next domainkit ingest."
)


@app.command(epilog=EPILOG)
def forget(
    document: Annotated[
        str, typer.Argument(help="A file, one record of it (file#record), or a document's id.")
    ],
    *,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was removed as JSON.")] = False,
) -> None:
    """Remove a document from the store and every index; the file itself stays."""
    folder = locate(assistant)
    name = _name(document, folder)
    with closing(Assistant.open(folder)) as opened:
        passages = opened.forget(name)
    there = (folder / name).is_file()
    if json:
        print_json({"forgotten": name, "passages": passages, "still_on_disk": there})
        return
    out.print(f"Forgot {name}: {passages} passages.", markup=False)
    if there:
        out.print("The file is still there: move it away, or the next ingest reads it again.")


def _name(document: str, folder: Path) -> str:
    """Return the name the store has for what may be given as a path from here."""
    path = Path(document)
    settled = path.parent.resolve() / path.name
    if path.is_file() and settled.is_relative_to(folder):
        return settled.relative_to(folder).as_posix()
    return document
