"""``domainkit bench sufficiency``: does the assistant know when its documents do not answer?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from domainkit.assistant import Assistant, locate
from domainkit.cli.output import err, out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation import asking
from domainkit.evaluation.sufficiency import Case, Told, calibrate, cross_measure, measure
from domainkit.packs.files import read_yaml
from domainkit.packs.schemas.sufficiency import Fitted, Searched

QUESTIONS = "eval/questions.jsonl"
FILE = "sufficiency.yaml"
# With 50 questions of a corpus that no model had seen, what is said is off by .05 to .07 where it
# was off by .04 to .16 (benchmarks/results/sufficiency-own.md); with 17 it is chance.
LEAST = 30
EPILOG = (
    "Example: domainkit bench sufficiency · domainkit bench sufficiency questions.jsonl --write"
)

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Measure on a benchmark's own files."
)


@app.command(epilog=EPILOG)
def sufficiency(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help=f"Judged questions; {QUESTIONS} by default."),
    ] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help=f"Keep the calibration in the assistant's {FILE}.")
    ] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure refusals on the owner's questions, and calibrate them.

    Each question is asked as it is and with the documents that answer it left out.
    """
    folder = locate(assistant)
    judged = file or folder / QUESTIONS
    if not judged.is_file():
        raise EvaluationError(
            f"there are no judged questions: {judged} is no file",
            hint="write one question a line, as eval/README.md of the assistant says",
        )
    with closing(Assistant.open(folder)) as opened, err.status("asking ..."):
        cases = list(asking.of_assistant(opened, asking.read(judged)))
        models = {how: opened.pack.sufficiency.fitted(how) for how in _searched(cases)}
    made = dict(_calibrated(cases, models))
    if write:
        _write(folder / FILE, {how: fitted for how, (fitted, _, _) in made.items()})
    result = {
        how: {"before": asdict(before), "calibrated": asdict(after), "threshold": fitted.threshold}
        for how, (fitted, before, after) in made.items()
    }
    if json:
        print_json({"written": str(folder / FILE) if write else None, "models": result})
        return
    for how, (_, before, after) in made.items():
        out.print(f"{how}: {before.asked} cases of the owner's questions", markup=False)
        out.print(f"  as fitted   {_line(before)}", markup=False)
        out.print(f"  calibrated  {_line(after)} (on questions left out)", markup=False)
    out.print(f"kept in {folder / FILE}" if write else "--write keeps it", markup=False)


def _searched(cases: list[Case]) -> list[Searched]:
    return list(dict.fromkeys(case.searched for case in cases))


def _calibrated(
    cases: list[Case], models: Mapping[Searched, Fitted]
) -> Iterator[tuple[Searched, tuple[Fitted, Told, Told]]]:
    """Yield each model calibrated, how well it told before, and how well on questions left out."""
    for how, fitted in models.items():
        ours = [case for case in cases if case.searched == how]
        asked = len({case.question for case in ours})
        if asked < LEAST:
            raise EvaluationError(
                f"{asked} questions for {how} are too few to calibrate by",
                hint=f"judge at least {LEAST} questions in {QUESTIONS}",
            )
        told = cross_measure(ours, partial(calibrate, fitted=fitted))
        yield how, (calibrate(ours, fitted), measure(ours, fitted), told)


def _write(path: Path, made: Mapping[Searched, Fitted]) -> None:
    kept: dict[str, Any] = read_yaml(path, path.name) if path.is_file() else {}
    own = {"scale", "shift", "threshold", "promises"}  # the weights stay the pack's
    models = {name: fitted.model_dump(mode="json", include=own) for name, fitted in made.items()}
    kept["models"] = {**kept.get("models", {}), **models}
    text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=96)
    head = "# Calibrated by: domainkit bench sufficiency --write\n"
    path.write_text(head + text, encoding="utf-8")


def _line(told: Told) -> str:
    return (
        f"refusals right {told.precision:.2f}, found {told.recall:.2f}; "
        f"answered {told.answered:.2f}, wrongly {told.risk:.2f} of these; "
        f"off by {told.error:.2f}"
    )
