"""``domainkit train``: from a recipe and the rows of an assistant to a candidate adapter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from domainkit.assistant import Assistant, locate
from domainkit.cli.adapters import described
from domainkit.cli.output import err, out, print_json
from domainkit.cli.progress import stopping, watching
from domainkit.cli.train_data import app as data
from domainkit.cli.train_ranker import app as commands
from domainkit.generation.adapters import Adapter
from domainkit.generation.lifecycle import Lifecycle
from domainkit.training import recipe as recipes
from domainkit.training import run as runs
from domainkit.training.memory import SOURCE
from domainkit.training.plan import Plan
from domainkit.training.plan import plan as planned


def _grouped(commands: typer.Typer, **groups: typer.Typer) -> typer.Typer:
    """Return ``commands`` with ``groups`` of further commands below it."""
    for name, group in groups.items():
        commands.add_typer(group, name=name)
    return commands


app = _grouped(commands, data=data)
EPILOG = "Example: domainkit train --recipe embedded --dry-run · domainkit train --recipe embedded"


@app.callback(epilog=EPILOG, invoke_without_command=True)
def train(
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
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be trained; train nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Tune the assistant's model by LoRA on its rows and its pack's.

    The result is a candidate adapter. Ctrl-C keeps the run for --resume.
    """
    if context.invoked_subcommand:
        return
    opened = Assistant.open(locate(assistant))
    named = recipes.find(opened.pack, recipe)
    named = named.with_steps(steps) if steps else named
    with err.status("composing the examples ..."):
        plan = planned(
            opened.pack,
            named,
            prompt_tokens=opened.settings.generation.prompt_tokens,
            base=base,
            models=opened.settings.models.cache,
        )
    if dry_run:
        print_json(plan.summary()) if json else _show(plan)
        return
    adapters = opened.layout.adapters
    with stopping() as stop, watching() as watch:
        made = runs.run(
            plan,
            adapters=adapters,
            name=name or runs.free_name(adapters, f"{opened.pack.name}-{named.name}"),
            now=datetime.now(UTC),
            resume=resume,
            progress=watch,
            stop=stop,
        )
    if json:
        print_json(described(made, Lifecycle(adapters)))
    else:
        _tell(made)


def _tell(made: Adapter) -> None:
    """Print what was made and what to do with it."""
    record = made.manifest
    out.print(f"{record.name}: a candidate adapter, in {made.folder}", markup=False)
    out.print(
        f"loss of its own rows {-record.canary.before:.3f} without it, "
        f"{-record.canary.after:.3f} with it; {len(record.losses)} steps in {record.seconds:.0f} s"
    )
    out.print(
        f'next: domainkit ask --adapter {record.name} "...", '
        f"then: domainkit adapters activate {record.name}",
        markup=False,
    )


def _show(plan: Plan) -> None:
    """Print what a run would do, one fact a line."""
    for name, words in _facts(plan):
        out.print(f"{name:<9} {words}", markup=False)


def _facts(plan: Plan) -> Iterator[tuple[str, str]]:
    recipe, stage = plan.named.recipe, plan.named.recipe.stages[0]
    refusals = sum(row.refusal for row in plan.examples)
    yield "recipe", f"{plan.named.name}: {recipe.title}"
    yield "base", f"{plan.base_name}, {plan.base or f'not here: {plan.absent}'}"
    yield "rows", f"{len(plan.examples) - refusals} answers, {refusals} refusals"
    yield "tokens", _tokens(plan)
    yield (
        "steps",
        f"{plan.steps} of {stage.batch * stage.accumulation} rows, "
        f"learning rate {stage.learning_rate:g}, on the {recipe.device} in {recipe.precision}",
    )
    yield "targets", f"LoRA r {recipe.method.r} on {', '.join(plan.targets)}"
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
    yield "example", plan.examples[0].prompt.messages[-1].content
    yield "answer", plan.examples[0].answer


def _tokens(plan: Plan) -> str:
    if plan.lengths is None:
        return "not counted: the base's tokenizer is not here"
    least, middle, most = plan.lengths
    trained = sum(len(row.trained) for row in plan.encoded)
    return f"{least} to {most} an example, {middle:.0f} in the middle; {trained} trained in all"
