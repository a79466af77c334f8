"""``domainkit train``: from a recipe and the rows of an assistant to a candidate adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from domainkit.assistant.adapting import Adapting
from domainkit.cli.adapters import described
from domainkit.cli.output import err, out, print_json
from domainkit.cli.progress import stopping, watching
from domainkit.cli.train_data_generate import app as data
from domainkit.cli.train_place import place
from domainkit.cli.train_vocabulary import app as commands
from domainkit.errors import TrainingError
from domainkit.generation import export as exporting
from domainkit.generation.adapters import Adapter
from domainkit.generation.export import Form
from domainkit.packs.schemas.recipe import Lora, Stage
from domainkit.training import boards, parallel
from domainkit.training import recipe as recipes
from domainkit.training import run as runs
from domainkit.training import vocabulary as growing
from domainkit.training.loop import Step
from domainkit.training.memory import SOURCE
from domainkit.training.plan import Plan
from domainkit.training.plan import plan as planned
from domainkit.training.recipe import Named


def _grouped(commands: typer.Typer, **groups: typer.Typer) -> typer.Typer:
    """Return ``commands`` with ``groups`` of further commands below it."""
    for name, group in groups.items():
        commands.add_typer(group, name=name)
    return commands


app = _grouped(commands, data=data)
EPILOG = (
    "Example: domainkit train --recipe embedded --dry-run · domainkit train · "
    "for a pack: domainkit train --domain medical"
)


@app.callback(epilog=EPILOG, invoke_without_command=True)
def train(  # noqa: PLR0913 # each is a flag
    context: typer.Context,
    *,
    recipe: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="A recipe of the pack, or a YAML file.")
    ] = "embedded",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train this many steps, not the recipe's number.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The new adapter's name.")] = None,
    base: Annotated[
        Path | None,
        typer.Option(exists=True, help="Tune this model (GGUF or folder), not the recipe's."),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(
            metavar="PACK", help="Train for this pack, in DOMAIN-training or --assistant."
        ),
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be trained; train nothing.")
    ] = False,
    board: Annotated[
        Path | None,
        typer.Option("--tensorboard", metavar="DIR", help="Write every step there as well."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Tune the assistant's model by LoRA on its rows and its pack's.

    The result is a candidate adapter. Ctrl-C keeps the run for --resume.
    """
    if context.invoked_subcommand:
        return
    opened = place(assistant, domain, dry_run=dry_run)
    named = recipes.find(opened.pack, recipe)
    named = named.with_steps(steps) if steps else named
    grown = _grown(opened, named, base, dry_run=dry_run)
    with err.status("composing the examples ..."):
        plan = planned(
            opened.pack,
            named,
            prompt_tokens=opened.settings.generation.prompt_tokens,
            base=grown or base,
            models=opened.settings.models.cache,
        )
    if dry_run:
        print_json(plan.summary()) if json else _show(plan)
        return
    adapters = opened.layout.adapters
    with stopping() as stop, watching() as watch, boards.tensorboard(board) as write:
        made = runs.run(
            plan,
            adapters=adapters,
            name=name or runs.free_name(adapters, f"{opened.pack.name}-{named.name}"),
            now=datetime.now(UTC),
            resume=resume,
            progress=lambda step: _each(step, watch, write),
            stop=stop,
        )
    if not parallel.speaks():
        return
    for form in named.recipe.export:
        _handed_out(made, form, plan)
    if json and made.folder.parent == adapters:
        print_json(described(made, opened))
    elif json:
        print_json({"folder": made.folder, **made.manifest.model_dump(mode="json")})
    else:
        _tell(made)


def _each(step: Step, *told: Callable[[Step], None]) -> None:
    for tell in told:
        tell(step)


def _grown(opened: Adapting, named: Named, base: Path | None, *, dry_run: bool) -> Path | None:
    """Return the base with the recipe's new pieces, made when it is not there; None without any.

    A dry run makes nothing: it counts with the base as it is.
    """
    wanted = named.recipe.vocabulary
    if wanted is None:
        return None
    folder = opened.layout.adapters.with_name(runs.MODELS) / f"{named.name}-{wanted.pieces}-pieces"
    if folder.is_dir() or dry_run:
        return folder if folder.is_dir() else None
    text = opened.pack.find(wanted.path)
    if text is None:
        where = f"; get it from {wanted.source}" if wanted.source else ""
        raise TrainingError(
            f"{wanted.path} is not here{where}", hint=f"put it below {opened.pack.folder}"
        )
    at = base or recipes.locate(named.recipe.base, models=opened.settings.models.cache)
    with err.status("learning new pieces ..."):
        growing.write(at, growing.lines_of(text), wanted.pieces, folder)
    return folder


def _handed_out(made: Adapter, form: Form, plan: Plan) -> None:
    """Write the finished adapter in another form, beside the adapters."""
    if plan.base is None or made.manifest.recipe["method"]["name"] == "full":
        return
    target = made.folder.parent.with_name("exports") / f"{made.manifest.name}-{form}"
    done = exporting.export(made, form, base=plan.base, target=target)
    err.print(f"{form}: in {done.folder}", markup=False)


def _tell(made: Adapter) -> None:
    """Print what was made and what to do with it."""
    record = made.manifest
    if record.recipe["method"]["name"] == "full":
        out.print(f"{record.name}: a model, in {made.folder}", markup=False)
        out.print("next: name its folder as generation.model in domainkit.toml", markup=False)
        return
    out.print(f"{record.name}: a candidate adapter, in {made.folder}", markup=False)
    out.print(
        f"loss of its own rows {-record.canary.before:.3f} without it, "
        f"{-record.canary.after:.3f} with it; {len(record.losses)} steps in {record.seconds:.0f} s"
    )
    out.print(
        f'next: domainkit ask --adapter {record.name} "...", '
        f"then: domainkit adapters gate {record.name}",
        markup=False,
    )


def _show(plan: Plan) -> None:
    """Print what a run would do, one fact a line."""
    for name, words in _facts(plan):
        out.print(f"{name:<9} {words}", markup=False)


def _facts(plan: Plan) -> Iterator[tuple[str, str]]:
    recipe = plan.named.recipe
    refusals = sum(row.refusal for row in plan.examples)
    yield "recipe", f"{plan.named.name}: {recipe.title}"
    yield "base", f"{plan.base_name}, {plan.base or f'not here: {plan.absent}'}"
    yield "rows", f"{len(plan.examples) - refusals} answers, {refusals} refusals"
    if recipe.template != "model" or plan.imported.rows:
        yield (
            "imported",
            f"{len(plan.imported.rows)} rows, shown by the template {recipe.template}",
        )
    for reason, count in plan.imported.reasons.items():
        yield "left out", f"{count} rows: {reason}"
    for missing in plan.imported.absent:
        yield "absent", missing
    yield "licences", ", ".join(f"{name} ({count})" for name, count in plan.licences.items())
    yield "tokens", _tokens(plan)
    yield from ((stage.kind, _stage(stage)) for stage in recipe.stages)
    yield "steps", f"{plan.steps} in all, on the {recipe.device} in {recipe.precision}"
    yield "method", _method(plan)
    if plan.size and plan.memory:
        needs = plan.memory
        yield (
            "weights",
            f"{plan.size.trained:,} trained of {plan.size.parameters:,}, "
            f"in {plan.size.modules} modules",
        )
        yield (
            "memory",
            f"about {decimal(needs.total)}: model {decimal(needs.weights)}, adapter "
            f"{decimal(needs.adapter)}, activations {decimal(needs.activations)}, logits "
            f"{decimal(needs.logits)}; {SOURCE}",
        )
    if plan.examples:
        yield "example", plan.examples[0].prompt.messages[-1].content
        yield "answer", plan.examples[0].answer


def _stage(stage: Stage) -> str:
    """Return how long a stage is and how fast it learns."""
    length = f"{stage.epochs} epochs" if stage.epochs else f"{stage.steps} steps"
    return (
        f"{length} of {stage.batch * stage.accumulation} rows a step, learning rate "
        f"{stage.learning_rate:g}, {stage.optimizer}"
    )


def _method(plan: Plan) -> str:
    """Return what is trained: the method's name, its rank and the layers it goes to."""
    method = plan.named.recipe.method
    rank = f" r {method.r}" if isinstance(method, Lora) else ""
    shown = "LoRA" if method.name == "lora" else method.name
    return f"{shown}{rank}" + (f" on {', '.join(plan.targets)}" if plan.targets else "")


def _tokens(plan: Plan) -> str:
    if plan.lengths is None:
        why = "rows of it are" if plan.base else "the base's tokenizer is"
        return f"not counted: {why} not here"
    least, middle, most = plan.lengths
    trained = sum(len(row.trained) for row in plan.witnesses)
    return f"{least} to {most} an example, {middle:.0f} in the middle; {trained} trained in all"
