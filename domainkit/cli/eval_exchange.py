"""``domainkit eval import`` and ``export``: benchmarks of others in, suites out."""

from __future__ import annotations

import json as json_module
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate
from domainkit.cli.eval_group import app
from domainkit.cli.output import out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation import suite
from domainkit.evaluation.exchange import beir, lm_eval_task
from domainkit.evaluation.exchange.formats import READERS, WRITTEN, read
from domainkit.evaluation.gold import GoldFinder
from domainkit.packs.schemas.questions import EvalQuestion

Folder = Annotated[
    Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
]


@app.command(
    "import",
    epilog="Example: domainkit eval import benchmark.json --format mirage --name mirage",
)
def import_suite(
    path: Annotated[Path, typer.Argument(help="The file or folder of the benchmark.")],
    *,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help=f"One of {', '.join(READERS)}.")
    ],
    name: Annotated[
        str, typer.Option(help="Of the suite, eval/NAME.jsonl; the file's own by default.")
    ] = "",
    most: Annotated[
        int, typer.Option(min=0, help="The first so many questions; 0: all of them.")
    ] = 0,
    documents: Annotated[
        bool, typer.Option(help="Copy the documents the questions are about, to be ingested.")
    ] = True,
    assistant: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Make a suite of a published benchmark's files; the options of a question are never asked.

    What a benchmark's licence allows is for you to look up.
    """
    folder = locate(assistant)
    made = read(path, form)
    questions = made.questions[:most] if most else made.questions
    target = folder / suite.FOLDER / f"{name or path.resolve().stem}.jsonl"
    if target.exists():
        raise EvaluationError(f"{target} exists", hint="choose another --name, or remove it")
    wanted = _wanted(questions)
    copied = []
    for inner, source in made.documents.items():
        if documents and f"documents/{inner}" in wanted:
            place = folder / "documents" / inner
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
            copied.append(f"documents/{inner}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(_line(one) for one in questions), encoding="utf-8")
    if json:
        print_json({"suite": str(target), "questions": len(questions), "documents": copied,
                    "notes": made.notes})  # fmt: skip
        return
    out.print(f"{len(questions)} questions written to {target}", markup=False)
    for note in made.notes:
        out.print(f"note: {note}", markup=False)
    if copied:
        out.print(f"{len(copied)} documents copied: domainkit ingest", markup=False)
    out.print(f"judge by it: domainkit eval --suite {target}", markup=False)


@app.command(
    "export", epilog="Example: domainkit eval export ./beir --format beir · --format lm-eval"
)
def export_suite(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where it is written.")],
    *,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help=f"One of {', '.join(WRITTEN)}.")
    ],
    suites: Annotated[
        list[Path] | None,
        typer.Option("--suite", metavar="PATH", help="This file's questions, not all suites."),
    ] = None,
    assistant: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the suites for other programs: a BEIR folder, or a task of lm-evaluation-harness."""
    if form not in WRITTEN:
        raise EvaluationError(
            f"there is no form '{form}' to export", hint=f"known: {', '.join(WRITTEN)}"
        )
    if folder.exists() and any(folder.iterdir()):
        raise EvaluationError(f"{folder} is not empty", hint="name a new folder")
    with closing(Assistant.open(locate(assistant))) as opened:
        asked = suite.load(opened.pack, suites or ())
        if form == "beir":
            finder = GoldFinder(opened.corpus.store, opened.folder)
            judged = [
                (one.question, [finder.find(s, one.folders) for s in one.question.must_cite])
                for one in asked.asked
            ]
            passages = (entry.passage for entry in opened.corpus.store.entries())
            counts = dict(beir.write(folder, passages, judged))
        else:
            name = f"domainkit_{opened.pack.name.replace('-', '_')}"
            rows = [one.question for one in asked.asked]
            counts = {"questions": lm_eval_task.write(folder, name, rows)}
    if json:
        print_json({"folder": str(folder), **counts})
        return
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    out.print(f"{told} written to {folder}", markup=False)
    if form == "lm-eval":
        out.print(f"run it: domainkit eval harness {folder}", markup=False)


def _wanted(questions: Sequence[EvalQuestion]) -> set[str]:
    return {source.path.partition("#")[0] for one in questions for source in one.must_cite}


def _line(one: EvalQuestion) -> str:
    row = one.model_dump(mode="json", exclude_defaults=True)
    return json_module.dumps(row, ensure_ascii=False) + "\n"
