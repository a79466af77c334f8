"""``domainkit train data``: build rows for training, and see what would be trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from domainkit.assistant import Assistant, locate
from domainkit.cli.output import err, out, print_json, safe
from domainkit.errors import TrainingError
from domainkit.training import recipe as recipes
from domainkit.training.data import build as building
from domainkit.training.data import contamination
from domainkit.training.data.inspecting import inspect, verified
from domainkit.training.data.shown import Piece, pieces
from domainkit.training.plan import plan as planned

app = typer.Typer(add_completion=False, help="Build rows for training, and see what they are.")


@app.command(
    epilog="Example: domainkit train data build alpaca.json --licence CC-BY-4.0 --out rows · "
    "domainkit train data build a.json b.jsonl --licence MIT --against scifact --out rows"
)
def build(
    given: Annotated[
        list[Path], typer.Argument(metavar="FILE…", exists=True, help="Published rows.")
    ],
    *,
    to: Annotated[Path, typer.Option("--out", help="The folder to write rows and manifest to.")],
    licence: Annotated[
        str, typer.Option(help="The licence of the rows; rows that were built bring their own.")
    ] = "",
    origin: Annotated[str, typer.Option(help="Where the rows are from; else the file.")] = "",
    layout: Annotated[
        str, typer.Option("--format", help="The files' layout, where it cannot be told.")
    ] = "",
    language: Annotated[
        list[str] | None, typer.Option(help="Keep rows in this language alone: en, zh.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Turn away what this evaluation set holds too."),
    ] = None,
    held_out: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="The share of rows kept from training.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Chooses the rows that are held out.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Read published rows, turn away what must not be trained on, and account for each row.

    What the packs' own suites ask is always turned away; name your other sets with --against.
    """
    if not licence and not all(path.name == building.ROWS for path in given):
        raise TrainingError(
            "nothing says under which licence these rows may be used",
            hint="--licence NAME; it is printed on the card of what is trained on them",
        )
    sources = [building.Source(path, licence, origin or path.name, layout) for path in given]
    options = building.Options(languages=tuple(language or ()), held_out=held_out, seed=seed)
    with err.status("reading, screening and comparing rows ..."):
        built = building.build(sources, contamination.gather(against or []), options)
        manifest = building.write(built, to)
    if json:
        print_json(manifest)
        return
    for name, words in _facts(manifest):
        out.print(f"{name:<10} {words}", markup=False)
    out.print(f"next: name {to / building.ROWS} under data: in a recipe", markup=False)


@app.command("inspect", epilog="Example: domainkit train data inspect rows.jsonl")
def inspect_rows(
    given: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", exists=True, help="Rows, or a built folder.")
    ],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Say what rows a file holds and what would become of them; check a built folder's hashes."""
    found = verified(given) if given.is_dir() else inspect(given)
    if json:
        print_json(found)
        return
    for name, words in _facts(found):
        out.print(f"{name:<10} {words}", markup=False)


@app.command(epilog="Example: domainkit train data show --recipe embedded --rows 2")
def show(
    *,
    recipe: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="A recipe of the pack, or a YAML file.")
    ] = "embedded",
    rows: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 3,
    base: Annotated[
        Path | None, typer.Option(exists=True, help="Read with this model's tokenizer.")
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Print rows token by token as they would be trained: ⟦what is trained⟧, · between tokens."""
    opened = Assistant.open(locate(assistant))
    plan = planned(
        opened.pack,
        recipes.find(opened.pack, recipe),
        prompt_tokens=opened.settings.generation.prompt_tokens,
        base=base,
        models=opened.settings.models.cache,
    )
    shown = pieces(plan, rows)
    if json:
        print_json({"rows": [{"place": place, "pieces": found} for place, found in shown]})
        return
    for place, found in shown:
        out.print(f"— {place}", style="bold", markup=False)
        out.print(_marked(found))


def _marked(found: list[Piece]) -> Text:
    text = Text()
    for piece in found:
        if piece.trained:
            spelt = " · ".join(safe(token) for token in piece.tokens)
            text.append(f"⟦{spelt}⟧", style="bold green")
        else:
            text.append(safe("".join(piece.tokens)), style="dim")
    return text


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a manifest says, one fact a line; what it does not hold is left out."""
    yield "rows", f"{manifest['rows']:,} kept, {manifest['rejected']:,} turned away"
    for name in ("kinds", "languages", "licences", "splits"):
        if counted := manifest.get(name):
            yield name, ", ".join(f"{key} {count:,}" for key, count in counted.items())
    for source in manifest["sources"]:
        yield (
            source["path"],
            f"{source['format']}: {source['used']:,} of {source['rows']:,} rows used",
        )
    for reason, count in manifest["reasons"].items():
        yield f"{count:,}", reason
    if apart := manifest.get("kept_apart_from"):
        yield "apart from", f"{sum(apart.values()):,} questions of {', '.join(sorted(apart))}"
