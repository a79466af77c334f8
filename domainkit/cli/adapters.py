"""``domainkit adapters``: the tuned adapters of an assistant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from domainkit import settings
from domainkit.assistant import locate
from domainkit.assistant.folder import Layout
from domainkit.assistant.wiring import tunable
from domainkit.cli.output import err, out, print_json
from domainkit.errors import SettingsError
from domainkit.generation import export as exporting
from domainkit.generation import gated, vllm
from domainkit.generation.adapters import CARD, Adapter, Adapters
from domainkit.generation.chat import served
from domainkit.generation.export import Form
from domainkit.generation.lifecycle import Lifecycle
from domainkit.packs import loader
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
    """List the adapters of the assistant, newest first."""
    adapters = Adapters(Layout(locate(assistant)).adapters)
    lifecycle, found = Lifecycle(adapters.folder), adapters.all()
    if json:
        print_json([described(adapter, lifecycle) for adapter in found])
        return
    if not found:
        err.print(f"no adapters in {adapters.folder} yet: domainkit train", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "state", "gate", "base", "rows", "steps", "loss", "made"):
        table.add_column(heading, overflow="fold", min_width=len(heading))
    for adapter in found:
        made = adapter.manifest
        table.add_row(
            made.name,
            lifecycle.state(made.name),
            _judged(adapter).replace("not asked", "-"),
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
    adapters = Adapters(Layout(locate(assistant)).adapters)
    adapter, lifecycle = adapters.get(name), Lifecycle(adapters.folder)
    if json:
        print_json(described(adapter, lifecycle))
        return
    standing = _standing(name, lifecycle)
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
    adapters = Adapters(Layout(locate(assistant)).adapters)
    chosen = adapters.get(name)
    chosen.check_whole()
    if not ungated:
        gated.check_passed(chosen)
    lifecycle = Lifecycle(adapters.folder)
    lifecycle.activate(name, now=datetime.now(UTC))
    _say_active(lifecycle, json=json)


@app.command(epilog="Example: domainkit adapters retire NAME")
def retire(name: Name, assistant: Folder = None, json: Json = False) -> None:
    """Take an adapter out of use; its files stay."""
    adapters = Adapters(Layout(locate(assistant)).adapters)
    adapters.get(name)
    lifecycle = Lifecycle(adapters.folder)
    lifecycle.retire(name, now=datetime.now(UTC))
    _say_active(lifecycle, json=json)


@app.command(epilog="Example: domainkit adapters rollback")
def rollback(assistant: Folder = None, json: Json = False) -> None:
    """Retire the active adapter and answer as before it."""
    lifecycle = Lifecycle(Layout(locate(assistant)).adapters)
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
    adapters = Adapters(Layout(locate(assistant)).adapters)
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
    layout, asked = _served(assistant)
    folder = Adapters(layout.adapters).get(name).folder
    vllm.load(
        asked.url, asked.key.get_secret_value(), name=name, folder=folder, seconds=asked.seconds
    )
    _say_served(asked, json=json)


@app.command(epilog="Example: domainkit adapters unload NAME")
def unload(name: Name, assistant: Folder = None, json: Json = False) -> None:
    """Make the server that the settings name serve an adapter no more."""
    _, asked = _served(assistant)
    vllm.unload(asked.url, asked.key.get_secret_value(), name=name, seconds=asked.seconds)
    _say_served(asked, json=json)


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
    place = locate(assistant)
    asked, pack = settings.load(place), loader.load(place)
    _, base = tunable(asked, pack, pack.manifest.languages[0])
    done = exporting.export(
        Adapters(Layout(place).adapters).get(name),
        to,
        base=base,
        target=folder or place / "exports" / f"{name}-{to}",
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


def _standing(name: str, lifecycle: Lifecycle) -> str:
    state = lifecycle.state(name)
    return f"a {state}" if state == "candidate" else state


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return every value of nested data by its dotted path; the losses as first and last."""
    if isinstance(value, dict):
        inside = (_flat(each, f"{path}.{key}" if path else key) for key, each in value.items())
        return {key: each for part in inside for key, each in part.items()}
    if path == "losses":
        return {"losses.first": value[0], "losses.last": value[-1]}
    return {path: value}


def described(adapter: Adapter, lifecycle: Lifecycle) -> dict[str, Any]:
    """Return an adapter's manifest as JSON-ready data, with its folder and its state."""
    return {
        "folder": str(adapter.folder),
        "state": lifecycle.state(adapter.manifest.name),
        "gate": _judged(adapter),
        **adapter.manifest.model_dump(mode="json", by_alias=True),
    }
