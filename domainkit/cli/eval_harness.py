"""``domainkit eval harness``: tasks of lm-evaluation-harness on the assistant's own model."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate, wiring
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json
from domainkit.errors import EvaluationError

EPILOG = (
    "Example: domainkit eval harness ./tasks --limit 50 · "
    "write a task: domainkit eval export ./tasks --format lm-eval"
)


@app.command(epilog=EPILOG)
def harness(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Tasks as YAML, and their data.")],
    *,
    tasks: Annotated[
        list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="The first so many questions of a task; 0: all.")
    ] = 0,
    engine: Annotated[
        str | None, typer.Option(help="What answers: openvino, llamacpp, chat, ...")
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Run tasks of lm-evaluation-harness on the assistant's model alone, without its documents.

    It measures what the model itself can do, before and after it was tuned.
    """
    from domainkit.integrations.lm_eval import evaluate

    overrides = {"generation.engine": engine}
    with closing(Assistant.open(locate(assistant), overrides=overrides)) as opened:
        language = opened.pack.manifest.languages[0]
        writer = wiring.writer(opened.settings, opened.pack, language)
        if writer.is_extractive:
            raise EvaluationError(
                "no model can be measured: the documents' own sentences answer here",
                hint="domainkit models fetch, or --engine chat with generation.url",
            )
        with err.status("asking ..."):
            results = evaluate(writer.generator, folder, tasks=tasks or (), limit=limit or None)
    if json:
        print_json({"generator": writer.generator.id, "results": results})
        return
    for name, metrics in results.items():
        shown = ", ".join(
            f"{metric} {value:.3f}"
            for metric, value in metrics.items()
            if isinstance(value, float)
        )
        out.print(f"{name}: {shown}", markup=False)
