"""``domainkit adapters export``: an adapter for other engines, or for a pack to bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from domainkit.assistant.wiring import tunable
from domainkit.cli.adapters import Folder, Json, Name, app, opened
from domainkit.cli.output import out, print_json
from domainkit.generation import export as exporting
from domainkit.generation import shipping
from domainkit.generation.export import Form
from domainkit.packs import loader
from domainkit.training import card

__all__ = ["app"]


@app.command(epilog="Example: domainkit adapters export NAME --to ollama")
def export(
    name: Name,
    *,
    to: Annotated[
        Form,
        typer.Option(
            "--to",
            help="merged: one model; gguf: beside the base's GGUF; ollama: a Modelfile too.",
        ),
    ] = "merged",
    folder: Annotated[
        Path | None, typer.Option("--out", help="The new folder; exports/NAME-FORM if none.")
    ] = None,
    gguf: Annotated[
        Path | None, typer.Option("--gguf", help="The base as GGUF, where it is a folder.")
    ] = None,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Write an adapter for other engines, once it says there what it says here."""
    found = opened(assistant)
    _, base = tunable(found.settings, found.pack, found.pack.manifest.languages[0])
    done = exporting.export(
        found.adapters.get(name),
        to,
        base=base,
        target=folder or found.layout.root / "exports" / f"{name}-{to}",
        base_gguf=gguf,
    )
    if json:
        print_json(done)
        return
    apart = done.parity
    out.print(
        f"{done.folder}: log-probabilities are {apart.mean:.2g} from the training engine's "
        f"({done.limit:g} is allowed), {apart.same_first} of {apart.prompts} prompts go on alike",
        markup=False,
    )


@app.command(epilog="Example: domainkit adapters ship NAME domains/medical --as medical-embedded")
def ship(
    name: Name,
    pack: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the pack.")],
    *,
    called: Annotated[
        str, typer.Option("--as", metavar="NAME", help="What the pack calls it, if not as here.")
    ] = "",
    ungated: Annotated[
        bool, typer.Option("--ungated", help="Take it though the gate did not pass it.")
    ] = False,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Put an adapter that passed the gate into a pack, for its assistants to use by default."""
    folder = shipping.ship(
        opened(assistant).adapters.get(name),
        loader.load(pack),
        card=card.markdown,
        name=called,
        ungated=ungated,
    )
    files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    if json:
        print_json({"folder": folder, "files": files})
        return
    out.print(f"{folder}: {len(files)} files, {decimal(sum(files.values()))}", markup=False)
    out.print(f"next: domainkit pack check {pack}", markup=False)
