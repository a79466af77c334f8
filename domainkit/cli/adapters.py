"""``domainkit adapters``: the tuned adapters of an assistant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from domainkit import settings
from domainkit.assistant import locate
from domainkit.assistant.folder import Layout
from domainkit.cli.output import err, out, print_json
from domainkit.errors import SettingsError
from domainkit.generation import vllm
from domainkit.generation.adapters import CARD, Adapter, Adapters
from domainkit.settings import GenerationSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="List and show tuned adapters.")

Folder = Annotated[
    Path | None,
    typer.Option("--assistant", help="The assistant's folder, not the nearest one upward."),
]
Name = Annotated[str, typer.Argument(help="The adapter's name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@app.command("list", epilog="Example: domainkit adapters list")
def list_(assistant: Folder = None, json: Json = False) -> None:
    """List the adapters of the assistant, newest first."""
    adapters = Adapters(Layout(locate(assistant)).adapters)
    found = adapters.all()
    if json:
        print_json([described(adapter) for adapter in found])
        return
    if not found:
        err.print(f"no adapters in {adapters.folder} yet: domainkit train", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "status", "base", "rows", "steps", "loss", "made"):
        table.add_column(heading, overflow="fold", min_width=len(heading))
    for adapter in found:
        made = adapter.manifest
        table.add_row(
            made.name,
            made.status,
            made.base.name,
            str(made.rows.answers + made.rows.refusals),
            str(len(made.losses)),
            f"{-made.canary.before:.2f} -> {-made.canary.after:.2f}",
            made.created.strftime("%Y-%m-%d"),
        )
    out.print(table)


@app.command(epilog="Example: domainkit adapters show NAME · domainkit ask --adapter NAME ...")
def show(
    name: Name,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Print the card of an adapter: what it was made of, and what that does and does not show."""
    adapter = Adapters(Layout(locate(assistant)).adapters).get(name)
    if json:
        print_json(described(adapter))
        return
    out.print((adapter.folder / CARD).read_text(encoding="utf-8"), markup=False)


@app.command(epilog="Example: domainkit adapters load NAME, with generation.engine chat")
def load(name: Name, assistant: Folder = None) -> None:
    """Make the server that the settings name serve an adapter of the assistant."""
    layout, asked = _served(assistant)
    folder = Adapters(layout.adapters).get(name).folder
    vllm.load(
        asked.url, asked.key.get_secret_value(), name=name, folder=folder, seconds=asked.seconds
    )
    err.print(f"{asked.url} serves {name}", markup=False)


@app.command(epilog="Example: domainkit adapters unload NAME")
def unload(name: Name, assistant: Folder = None) -> None:
    """Make the server that the settings name serve an adapter no more."""
    _, asked = _served(assistant)
    vllm.unload(asked.url, asked.key.get_secret_value(), name=name, seconds=asked.seconds)
    err.print(f"{asked.url} serves {name} no more", markup=False)


def _served(assistant: Path | None) -> tuple[Layout, GenerationSettings]:
    """Return the assistant's layout and the server its settings name."""
    folder = locate(assistant)
    asked = settings.load(folder).generation
    if not asked.url:
        raise SettingsError(
            f"{folder / settings.FILE}: no server is named",
            hint='set generation.engine = "chat" and generation.url = "http://…/v1"',
        )
    return Layout(folder), asked


def described(adapter: Adapter) -> dict[str, Any]:
    """Return an adapter's manifest as JSON-ready data, with its folder."""
    return {
        "folder": str(adapter.folder),
        **adapter.manifest.model_dump(mode="json", by_alias=True),
    }
