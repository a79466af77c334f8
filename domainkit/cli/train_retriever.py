"""``domainkit train retriever``: tune the embedder on pairs, and use it if it finds better."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domainkit.assistant import Assistant, locate, wiring
from domainkit.assistant.switching import switch
from domainkit.cli.output import err, out, print_json
from domainkit.cli.progress import stopping, watching
from domainkit.errors import SettingsError
from domainkit.models import cache, catalog
from domainkit.models import tuned as tuned_models
from domainkit.training.retriever import material
from domainkit.training.retriever.run import Base, Made, Options, run

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit train retriever · domainkit train retriever --from scifact · "
    "domainkit train retriever --static"
)
# A static embedder begins at random: it needs more passes, at a rate 300 times as great.
_STATIC = Options(epochs=20, batch=32, learning_rate=1e-2)


@app.command(epilog=EPILOG)
def retriever(
    *,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Learn from this folder's train_queries.jsonl and its qrels."),
    ] = None,
    base: Annotated[
        str, typer.Option(metavar="NAME|FOLDER", help="Tune this embedder, not the one in use.")
    ] = "",
    static: Annotated[
        bool, typer.Option("--static", help="Make a static embedder: no model is needed.")
    ] = False,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often every pair is seen.")
    ] = None,
    name: Annotated[str, typer.Option(help="The new embedder's name.")] = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it as a candidate, whatever it gains.")
    ] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Tune the embedder on questions and passages; use it if it finds better.

    The pairs are the rows of the assistant and its packs and what its documents' headings and
    sentences ask. A fifth of the questions is held back, and decides.
    """
    opened = Assistant.open(locate(assistant))
    options = _STATIC if static else Options()
    options = Options(**{**_fields(options), "epochs": epochs or options.epochs})
    chosen = Base("static") if static else _base(base, opened)
    free = name or _free(opened.layout.embedders, f"{chosen.name}-tuned")
    with _material(source, opened, options) as found, stopping() as stop, watching() as watch:
        made = run(
            found,
            chosen,
            name=free,
            embedders=opened.layout.embedders,
            options=options,
            now=datetime.now(UTC),
            resume=resume,
            progress=watch,
            stop=stop,
        )
    promoted = made.trial.better and not keep
    if promoted:
        with _indexing() as progress:
            switch(
                free,
                pack=opened.pack,
                settings=opened.settings,
                layout=opened.layout,
                progress=progress,
            )
    _tell(made, promoted=promoted, json=json)


def _fields(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in options.__slots__}


@contextmanager
def _material(
    source: Path | None, opened: Assistant, options: Options
) -> Iterator[material.Material]:
    if source is None:
        yield material.of_assistant(opened, seed=options.seed)
    else:
        with material.of_folder(source) as found:
            yield found


def _base(name: str, opened: Assistant) -> Base:
    """Return what is tuned: what was named, else what the assistant searches with."""
    active = tuned_models.active(opened.layout.embedders)
    if not name and active:
        said = tuned_models.card(active)
        prefixes = said["query_prefix"], said["passage_prefix"]
        return Base(active.name, active, *prefixes, cosine_floor=said["cosine_floor"])
    if name and Path(name).is_dir():
        return Base(Path(name).resolve().name, Path(name))
    language = opened.pack.manifest.languages[0]
    chosen = name or opened.settings.retrieval.embedder
    chosen = chosen or wiring.suggested(opened.pack, opened.settings, "embedder", language)
    if not chosen:
        raise SettingsError(
            f"tier '{opened.settings.tier}' names no embedder for '{language}'",
            hint="give one: --base NAME, or make one without a model: --static",
        )
    model = catalog.find(chosen)
    folder = cache.path(chosen, cache=opened.settings.models.cache)
    prefixes = model.query_prefix, model.passage_prefix
    return Base(chosen, folder, *prefixes, cosine_floor=model.cosine_floor)


def _free(embedders: Path, wanted: str) -> str:
    """Return ``wanted``, with a number where that is taken."""
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, 1000))]
    return next(name for name in names if not (embedders / name).exists())


@contextmanager
def _indexing() -> Iterator[Any]:
    """Show how far the passages are embedded anew."""
    columns = (TextColumn("embedding anew"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task("embedding", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell(made: Made, *, promoted: bool, json: bool) -> None:
    said = dict(tuned_models.card(made.folder))
    if json:
        print_json(said | {"folder": str(made.folder), "promoted": promoted})
        return
    tried = made.trial
    out.print(f"{said['id']}, tuned on {made.trained} pairs, in {made.folder}", markup=False)
    out.print(
        f"nDCG@10 by vectors alone, {tried.questions} questions held back, {tried.passages} "
        f"passages: {tried.before:.3f} before, {tried.after:.3f} after (p {tried.p:.4f})"
    )
    if promoted:
        out.print("in use from now on; a server that runs takes it up with the next question")
    else:
        kept = "a candidate" if tried.better else "no better by a paired test, so not used"
        out.print(f"{kept}: the embedder in use stays")
