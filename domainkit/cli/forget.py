"""``domainkit forget``: remove a document from the assistant."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate
from domainkit.assistant.corpus import Forgotten
from domainkit.cli.output import out, print_json, safe
from domainkit.errors import StoreError

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
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Search every byte that is kept; write a certificate."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was removed as JSON.")] = False,
) -> None:
    """Remove a document from the store and every index; the file itself stays."""
    folder = locate(assistant)
    name = _name(document, folder)
    with closing(Assistant.open(folder)) as opened:
        forgotten = opened.forget(name, prove=prove)
    proof = forgotten.certificate
    if json:
        said = {
            "forgotten": forgotten.name,
            "passages": forgotten.passages,
            "still_on_disk": bool(forgotten.still_on_disk),
        }
        proved = {"certificate": proof.project(), "written_to": forgotten.path} if proof else {}
        print_json(said | proved)
    else:
        _show(forgotten)
    if proof and not proof.proved:
        raise StoreError(
            f"{forgotten.name} is forgotten, but that is not proved: see {forgotten.path}",
            hint="stop other domainkit processes, then: domainkit doctor --repair",
        )


def _show(forgotten: Forgotten) -> None:
    out.print(f"Forgot {forgotten.name}: {forgotten.passages} passages.", markup=False)
    if forgotten.certificate:
        for line in forgotten.certificate.lines()[2:]:
            out.print(safe(line), markup=False)
        out.print(f"Certificate: {forgotten.path}", markup=False)
    elif forgotten.still_on_disk:
        names = ", ".join(forgotten.still_on_disk)
        out.print(
            f"Still there: {names}. Move it away, or the next ingest reads it again.",
            markup=False,
        )


def _name(document: str, folder: Path) -> str:
    """Return the name the store has for what may be given as a path from here."""
    path = Path(document)
    settled = path.parent.resolve() / path.name
    if path.is_file() and settled.is_relative_to(folder):
        return settled.relative_to(folder).as_posix()
    return document
