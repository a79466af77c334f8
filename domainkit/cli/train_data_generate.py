"""``domainkit train data generate``: rows from the assistant's own documents."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate, wiring
from domainkit.cli.output import err, out, print_json
from domainkit.cli.train_data import app
from domainkit.errors import TrainingError
from domainkit.training import generating
from domainkit.training.data import contamination

__all__ = ["app", "generate"]

EPILOG = (
    "Example: domainkit train data generate --licence internal --out train/made · "
    "domainkit train data generate --method critique --licence internal --out train/made"
)


class GenerateMethod(StrEnum):
    """How a question comes about."""

    reliable = "reliable"
    self_instruct = "self-instruct"
    evol = "evol"
    self_chat = "self-chat"
    critique = "critique"


@app.command(epilog=EPILOG)
def generate(
    *,
    to: Annotated[Path, typer.Option("--out", help="The folder for rows.jsonl, rejected.jsonl.")],
    licence: Annotated[str, typer.Option(help="The licence of the documents' words.")],
    method: Annotated[
        GenerateMethod, typer.Option(help="How questions come about.")
    ] = GenerateMethod.reliable,
    most: Annotated[int, typer.Option(min=1, help="How many passages to ask about.")] = 100,
    against: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Turn away what this evaluation set holds too."),
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Have the assistant's model write questions and answers over its documents, and check each.

    What the passage does not hold is turned away with its reason. Run again, it goes on.
    """
    with closing(Assistant.open(locate(assistant))) as opened:
        writer = wiring.writer(opened.settings, opened.pack, opened.pack.manifest.languages[0])
        if writer.generator.id.startswith("extractive"):
            raise TrainingError(
                "no model is here to write questions", hint="domainkit models fetch"
            )
        passages = [entry.passage for entry in islice(opened.corpus.store.entries(), most)]
        teacher = generating.Teacher(
            writer.generator, generating.METHODS[method], generating.examples(opened.pack)
        )
        own = [opened.pack.folder] if (opened.pack.folder / "eval").is_dir() else []
        evaluations = contamination.gather([*(against or []), *own])
        made = []
        with err.status("writing ...") as status:
            found = generating.generate(teacher, passages, lambda _: licence, evaluations, to)
            for one in found:
                made.append(one)
                status.update(f"{len(made)} written, {sum(m.row is not None for m in made)} kept")
    reasons = Counter(one.reason for one in made if one.row is None)
    kept = sum(one.row is not None for one in made)
    if json:
        print_json({"folder": to, "kept": kept, "reasons": dict(reasons)})
        return
    out.print(f"{kept} rows kept of {len(made)}, in {to / 'rows.jsonl'}", markup=False)
    for reason, count in reasons.most_common():
        out.print(f"{count:>6} {reason}", markup=False)
