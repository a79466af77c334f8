"""``domainkit eval choices``: multiple choice with the documents and without."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate, wiring
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation import choosing, suite
from domainkit.evaluation.choosing import Choices
from domainkit.generation.prompt import compose

EPILOG = "Example: domainkit eval choices eval/mirage.jsonl --most 100"


@app.command(epilog=EPILOG)
def choices(
    path: Annotated[Path, typer.Argument(help="A suite whose questions have labels.")],
    *,
    most: Annotated[
        int, typer.Option(min=0, help="The first so many questions; 0: all of them.")
    ] = 0,
    k: Annotated[
        int | None, typer.Option("-k", "--k", min=1, max=50, help="How many passages to read.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="What chooses: openvino, llamacpp, chat, ...")
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Let the model choose among options, with the passages found and without any.

    Passages are searched by the question alone: the options are shown to the model only, and to no
    guard. What retrieval adds is tested in pairs.
    """
    overrides = {"generation.engine": engine}
    with closing(Assistant.open(locate(assistant), overrides=overrides)) as opened:
        rows = [one.question for one in suite.load(opened.pack, [path]).asked]
        rows = [row for row in rows if row.label is not None][: most or None]
        if not rows:
            raise EvaluationError(
                f"{path}: no question has a label", hint='give "label", and "choices" by letter'
            )
        writer = wiring.writer(opened.settings, opened.pack, rows[0].language)
        if writer.is_extractive:
            raise EvaluationError(
                "no model can choose: the documents' own sentences answer here",
                hint="domainkit models fetch, or --engine chat with generation.url",
            )
        budget = writer.budget(opened.settings.generation)
        found = choosing.choose(
            rows,
            lambda question: opened.retrieve(question, k=k),
            lambda question, passages: compose(
                opened.pack, question, passages, budget=budget, count=writer.count
            ),
            writer.generator,
        )
        made = []
        with err.status("asking ...") as status:
            for one in found:
                made.append(one)
                status.update(f"asking {len(made)} of {len(rows)} ...")
    told = choosing.summed(made)
    if json:
        print_json({"generator": writer.generator.id, **asdict(told), "chosen": made})
        return
    for line in _lines(told):
        out.print(line, markup=False)


def _lines(told: Choices) -> list[str]:
    (low, high), (least, most) = told.with_interval, told.alone_interval
    return [
        f"{told.asked} questions; the commonest label alone gets {told.majority:.3f}",
        f"with the documents  {told.with_documents:.3f} ({low:.3f} to {high:.3f})",
        f"without             {told.alone:.3f} ({least:.3f} to {most:.3f})",
        f"retrieval gains {told.gained} and loses {told.lost} (p {told.chance:.3g}, McNemar); "
        f"{told.undecided} answers name no option",
    ]
