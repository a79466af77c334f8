"""``domainkit eval judge``: a model compares the answers of two runs, or is itself compared."""

from __future__ import annotations

import hashlib
import json as json_module
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from domainkit.assistant import Assistant, locate, wiring
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation import labelled
from domainkit.evaluation.duels import pairs_of
from domainkit.evaluation.pairwise import Judge, Judgement, Pair, Tally, judged, tally
from domainkit.evaluation.record import RUNS, Runs

EPILOG = (
    "Example: domainkit eval judge 20261126 last · "
    "how good is the judge: domainkit eval judge --labelled testset-v1.json"
)


@app.command(epilog=EPILOG)
def judge(
    first: Annotated[str, typer.Argument(metavar="[RUN_A]", help="A run.")] = "",
    second: Annotated[
        str, typer.Argument(metavar="[RUN_B]", help="The run it is held against.")
    ] = "last",
    *,
    against: Annotated[
        Path | None,
        typer.Option("--labelled", metavar="FILE", help="Judge pairs that people have judged."),
    ] = None,
    rubric: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What to judge by, as text.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many pairs to judge.")] = 100,
    engine: Annotated[
        str | None, typer.Option(help="What judges: openvino, llamacpp, chat, ...")
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Judge pairs of answers with a model, each pair in both orders.

    What it says in one order alone is a tie. A judge that prefers a place, whatever stands there,
    is told so; how far it agrees with people, --labelled says.
    """
    overrides = {"generation.engine": engine}
    with closing(Assistant.open(locate(assistant), overrides=overrides)) as opened:
        by = Judge(_generator(opened), _text(rubric))
        if against:
            rows = labelled.read(against)[:most]
            made = _judge(opened, by, [row.pair for row in rows], f"labelled-{against.stem}")
            result = _agreement(rows, made)
        elif first:
            runs = Runs(opened.layout.evaluations / RUNS)
            names = runs.find(first), runs.find(second)
            pairs = pairs_of(list(runs.items(names[0])), list(runs.items(names[1])))[:most]
            made = _judge(opened, by, pairs, "--".join(names))
            result = {"run_a": names[0], "run_b": names[1]}
        else:
            raise EvaluationError(
                "nothing to judge", hint="name two runs, or --labelled FILE of judged pairs"
            )
    told = tally(made)
    if json:
        print_json({"judge": by.id, **result, **asdict(told), "leans": told.leans})
        return
    out.print(f"judge: {by.id}", markup=False)
    for line in _lines(told, result):
        out.print(line, markup=False)


def _generator(opened: Assistant) -> Any:
    writer = wiring.writer(opened.settings, opened.pack, opened.pack.manifest.languages[0])
    if writer.is_extractive:
        raise EvaluationError(
            "no model can judge: the documents' own sentences answer here",
            hint="domainkit models fetch, or --engine chat with generation.url",
        )
    return writer.generator


def _text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: {error}", hint="give a rubric as UTF-8 text") from error


def _judge(opened: Assistant, by: Judge, pairs: Sequence[Pair], name: str) -> list[Judgement]:
    """Return the judgements of ``pairs``; what was judged before by this judge is kept."""
    key = hashlib.sha256(f"{by.id}\n{name}".encode()).hexdigest()[:12]
    kept = opened.layout.evaluations / "judgements" / f"{key}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else []
    wanted = {pair.id for pair in pairs}
    made = [Judgement(**json_module.loads(line)) for line in lines]
    made = [one for one in made if one.id in wanted]
    with kept.open("a", encoding="utf-8") as file, err.status("judging ...") as status:
        for one in judged(by, pairs, [one.id for one in made]):
            file.write(json_module.dumps(asdict(one)) + "\n")
            file.flush()
            made.append(one)
            status.update(f"judging {len(made)} of {len(pairs)} ...")
    return made


def _agreement(rows: Sequence[labelled.Labelled], made: Sequence[Judgement]) -> dict[str, Any]:
    found = labelled.agreed(rows, {one.id: one.choice for one in made})
    return {"agreement": asdict(found), "kappa_among_people": labelled.among_people(rows)}


def _lines(told: Tally, result: Mapping[str, Any]) -> list[str]:
    names = result.get("run_a", "the first"), result.get("run_b", "the second")
    lines = [
        f"{told.pairs} pairs: {told.first} for {names[0]}, {told.second} for {names[1]}, "
        f"{told.ties} ties, {told.unread} without a verdict",
        f"the same in both orders: {told.consistency:.2f}",
    ]
    if told.leans:
        lines.append(
            f"it prefers what is shown {told.leans}: {told.to_shown_first} pairs to the first "
            f"place, {told.to_shown_second} to the second (p {told.chance:.3g})"
        )
    if "agreement" in result:
        found = result["agreement"]
        lines.append(
            f"agrees with people in {found['accuracy']:.2f} of pairs, kappa {found['kappa']:.2f} "
            f"(people among themselves {result['kappa_among_people']:.2f})"
        )
    return lines
