"""``domainkit adapters``: the tuned adapters of an assistant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from domainkit import settings
from domainkit.assistant import locate
from domainkit.assistant.adapting import Adapting
from domainkit.assistant.folder import Layout
from domainkit.cli.output import err, out, print_json
from domainkit.errors import SettingsError
from domainkit.generation import gated, vllm
from domainkit.generation.adapters import Adapter
from domainkit.generation.chat import served
from domainkit.generation.lifecycle import Lifecycle
from domainkit.packs import loader
from domainkit.packs.schemas.adapter import CARD
from domainkit.settings import GenerationSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List tuned adapters, and say which one answers.",
)

Folder = Annotated[
    Path | None,
    typer.Option("--assistant", help="The assistant's folder, not the nearest one upward."),
]
Name = Annotated[str, typer.Argument(help="The adapter's name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@app.command("list", epilog="Example: domainkit adapters list")
def list_(assistant: Folder = None, json: Json = False) -> None:
    """List the assistant's own adapters and those of its packs, newest first."""
    adapting = opened(assistant)
    found = adapting.adapters.all()
    if json:
        print_json([described(adapter, adapting) for adapter in found])
        return
    if not found:
        place = adapting.adapters.folder
        err.print(f"no adapters in {place} yet: domainkit train", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "from", "state", "gate", "base", "rows", "steps", "loss", "made"):
        whole = heading in {"name", "state", "gate"}  # names are copied, words are read
        table.add_column(heading, overflow="fold", min_width=len(heading), no_wrap=whole)
    for adapter in found:
        made = adapter.manifest
        table.add_row(
            made.name,
            adapter.pack or "own",
            adapting.state(made.name),
            _judged(adapter).replace("not asked", "-"),
            made.base.name,
            str(made.rows.answers + made.rows.refusals),
            str(len(made.losses)),
            f"{-made.canary.before:.2f} -> {-made.canary.after:.2f}",
            made.created.strftime("%Y-%m-%d"),
        )
    out.print(table)
    for adapter in found:
        if why := adapter.pack and adapting.hindrance(adapter):
            err.print(f"not used by default: {why}", markup=False, soft_wrap=True)


@app.command(epilog="Example: domainkit adapters show NAME · domainkit ask --adapter NAME ...")
def show(
    name: Name,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Print the card of an adapter: what it was made of, and what that does and does not show."""
    adapting = opened(assistant)
    adapter, state = adapting.adapters.get(name), adapting.state(name)
    if json:
        print_json(described(adapter, adapting))
        return
    standing = f"a {state}" if state == "candidate" else state
    err.print(f"{name} is {standing}; the gate: {_judged(adapter)}", markup=False)
    out.print((adapter.folder / CARD).read_text(encoding="utf-8"), markup=False)


@app.command(epilog="Example: domainkit adapters activate NAME")
def activate(
    name: Name,
    *,
    ungated: Annotated[
        bool, typer.Option("--ungated", help="Activate it though it has passed no gate.")
    ] = False,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Let an adapter that passed the gate answer wherever none is named."""
    adapting = opened(assistant)
    chosen = adapting.adapters.get(name)
    chosen.check_whole()
    if not ungated:
        gated.check_passed(chosen)
    lifecycle = adapting.lifecycle
    lifecycle.activate(name, now=datetime.now(UTC))
    _say_active(lifecycle, json=json)


@app.command(epilog="Example: domainkit adapters retire NAME")
def retire(name: Name, assistant: Folder = None, json: Json = False) -> None:
    """Take an adapter out of use; its files stay."""
    adapting = opened(assistant)
    adapting.adapters.get(name)
    lifecycle = adapting.lifecycle
    lifecycle.retire(name, now=datetime.now(UTC))
    _say_active(lifecycle, json=json)


@app.command(epilog="Example: domainkit adapters rollback")
def rollback(assistant: Folder = None, json: Json = False) -> None:
    """Retire the active adapter and answer as before it."""
    lifecycle = opened(assistant).lifecycle
    lifecycle.rollback(now=datetime.now(UTC))
    _say_active(lifecycle, json=json)


@app.command(epilog="Example: domainkit adapters diff ONE OTHER")
def diff(
    one: Name,
    other: Annotated[str, typer.Argument(help="The adapter to hold against it.")],
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Show in what two adapters differ: base, prompts, rows, recipe, losses."""
    adapters = opened(assistant).adapters
    left, right = (
        _flat(adapters.get(name).manifest.model_dump(mode="json")) for name in (one, other)
    )
    differing = {
        key: (left.get(key), right.get(key))
        for key in dict.fromkeys([*left, *right])
        if left.get(key) != right.get(key)
    }
    if json:
        print_json({key: {one: a, other: b} for key, (a, b) in differing.items()})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("what", one, other):
        table.add_column(heading, overflow="fold")
    for key, values in differing.items():
        table.add_row(key, *("-" if value is None else str(value) for value in values))
    out.print(table)


@app.command(epilog="Example: domainkit adapters load NAME, with generation.engine chat")
def load(name: Name, assistant: Folder = None, json: Json = False) -> None:
    """Make the server that the settings name serve an adapter of the assistant."""
    asked = _served(assistant)
    folder = opened(assistant).adapters.get(name).folder
    vllm.load(
        asked.url, asked.key.get_secret_value(), name=name, folder=folder, seconds=asked.seconds
    )
    _say_served(asked, json=json)


@app.command(epilog="Example: domainkit adapters unload NAME")
def unload(name: Name, assistant: Folder = None, json: Json = False) -> None:
    """Make the server that the settings name serve an adapter no more."""
    asked = _served(assistant)
    vllm.unload(asked.url, asked.key.get_secret_value(), name=name, seconds=asked.seconds)
    _say_served(asked, json=json)


def opened(assistant: Path | None) -> Adapting:
    """Return the adapters of the assistant in a folder, or in the nearest one upward."""
    place = locate(assistant)
    return Adapting(settings.load(place), loader.load(place), Layout(place))


def _served(assistant: Path | None) -> GenerationSettings:
    """Return the server that the assistant's settings name."""
    folder = locate(assistant)
    asked = settings.load(folder).generation
    if not asked.url:
        raise SettingsError(
            f"{folder / settings.FILE}: no server is named",
            hint='set generation.engine = "chat" and generation.url = "http://…/v1"',
        )
    return asked


def _say_served(asked: GenerationSettings, *, json: bool) -> None:
    names = served(asked.url, asked.key.get_secret_value(), seconds=asked.seconds)
    if json:
        print_json({"url": asked.url, "serves": names})
    else:
        out.print(f"{asked.url} serves {', '.join(names)}", markup=False)


def _say_active(lifecycle: Lifecycle, *, json: bool) -> None:
    active = lifecycle.active
    if json:
        print_json({"active": active})
    else:
        out.print(f"{active or 'the base model alone'} answers now", markup=False)


def _judged(adapter: Adapter) -> str:
    """Return what the gate found of an adapter's weights."""
    if (verdict := gated.read(adapter)) is None:
        return "not asked"
    return "passed" if verdict.passed else "refused"


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return every value of nested data by its dotted path; the losses as first and last."""
    if isinstance(value, dict):
        inside = (_flat(each, f"{path}.{key}" if path else key) for key, each in value.items())
        return {key: each for part in inside for key, each in part.items()}
    if path == "losses":
        return {"losses.first": value[0], "losses.last": value[-1]}
    return {path: value}


def described(adapter: Adapter, adapting: Adapting) -> dict[str, Any]:
    """Return an adapter's manifest as JSON-ready data, with where it is and how it stands.

    ``unused`` says why a pack's does not write by default; null where it may, and for own ones.
    """
    return {
        "folder": str(adapter.folder),
        "from": adapter.pack or "own",
        "state": adapting.state(adapter.manifest.name),
        "unused": (adapter.pack and adapting.hindrance(adapter)) or None,
        "gate": _judged(adapter),
        **adapter.manifest.model_dump(mode="json", by_alias=True),
    }
