"""``domainkit train retriever``: tune the embedder on pairs, and use it if it finds better."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domainkit.assistant import Assistant, embedding, engines, locate
from domainkit.assistant.switching import switch
from domainkit.cli.output import err, out, print_json
from domainkit.cli.progress import stopping, watching
from domainkit.errors import SettingsError
from domainkit.evaluation import setups
from domainkit.models import cache, catalog
from domainkit.models import tuned as tuned_models
from domainkit.retrieval.indexes import ENCODED
from domainkit.training.retriever import material, projecting
from domainkit.training.retriever import run as weights
from domainkit.training.retriever.projection import Learning
from domainkit.training.retriever.run import Base, Made, Options

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit train retriever · domainkit train retriever --from scifact · "
    "domainkit train retriever --method weights"
)
# A static embedder begins at random: it needs more passes, at a rate 300 times as great.
_STATIC = Options(epochs=20, batch=32, learning_rate=1e-2)


class Method(StrEnum):
    """What is learnt."""

    projection = "projection"
    weights = "weights"
    static = "static"


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
    method: Annotated[
        Method,
        typer.Option(
            help="projection: a matrix that turns the vectors, in seconds. weights: all weights, "
            "in minutes. static: an embedder made of your documents; no model is needed."
        ),
    ] = Method.projection,
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
        bool, typer.Option("--resume", help="Go on with an interrupted run of all weights.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Tune the embedder on questions and passages; use it if it finds better.

    The pairs are the rows of the assistant and its packs and what its documents' headings and
    sentences ask. A fifth of the questions is held back, and decides.
    """
    opened = Assistant.open(locate(assistant))
    chosen = "static" if method is Method.static else _chosen(base, opened)
    common: dict[str, Any] = {
        "name": name or _free(opened.layout.embedders, f"{Path(chosen).name}-tuned"),
        "embedders": opened.layout.embedders,
        "now": datetime.now(UTC),
    }
    with _material(source, opened) as found, watching() as watch:
        if method is Method.projection:
            encoded = setups.kept() if source else opened.layout.indexes / ENCODED
            made = projecting.run(
                found,
                embedding.base_embedder(chosen, cache_folder=opened.settings.models.cache),
                of=chosen,
                learning=replace(Learning(), epochs=epochs or Learning().epochs),
                encoded=encoded,
                progress=watch,
                **common,
            )
        else:
            options = _STATIC if method is Method.static else Options()
            options = replace(options, epochs=epochs or options.epochs)
            of = Base("static") if method is Method.static else _base(chosen, opened)
            with stopping() as stop:
                common |= {"progress": watch, "stop": stop, "resume": resume}
                made = weights.run(found, of, options=options, **common)
    promoted = made.trial.better and not keep
    if promoted:
        with _indexing() as progress:
            switch(
                made.folder.name,
                pack=opened.pack,
                settings=opened.settings,
                layout=opened.layout,
                progress=progress,
            )
    _tell(made, promoted=promoted, json=json)


@contextmanager
def _material(source: Path | None, opened: Assistant) -> Iterator[material.Material]:
    if source is None:
        yield material.of_assistant(opened, seed=Options().seed)
    else:
        with material.of_folder(source) as found:
            yield found


def _chosen(name: str, opened: Assistant) -> str:
    """Return what is tuned, by name or folder: what was given, else what the assistant uses.

    A projection in use is not tuned further: its own base is turned anew.
    """
    active = tuned_models.active(opened.layout.embedders)
    if not name and active:
        return str(tuned_models.card(active).get("of") or active.resolve())
    if name and Path(name).is_dir():
        return str(Path(name).resolve())
    language = opened.pack.manifest.languages[0]
    chosen = name or opened.settings.retrieval.embedder
    chosen = chosen or engines.suggested(opened.pack, opened.settings, "embedder", language)
    if not chosen:
        raise SettingsError(
            f"tier '{opened.settings.tier}' names no embedder for '{language}'",
            hint="give one: --base NAME, or make one without a model: --method static",
        )
    return chosen


def _base(chosen: str, opened: Assistant) -> Base:
    """Return the weights that are tuned."""
    folder = Path(chosen)
    if (folder / tuned_models.CARD).is_file():
        said = tuned_models.card(folder)
        prefixes = said["query_prefix"], said["passage_prefix"]
        return Base(folder.name, folder, *prefixes, cosine_floor=said["cosine_floor"])
    if folder.is_dir():
        return Base(folder.name, folder)
    model = catalog.find(chosen)
    kept = cache.path(chosen, cache=opened.settings.models.cache)
    prefixes = model.query_prefix, model.passage_prefix
    return Base(chosen, kept, *prefixes, cosine_floor=model.cosine_floor)


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
