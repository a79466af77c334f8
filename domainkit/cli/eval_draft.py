"""``domainkit eval draft``: questions with their gold passages, proposed from the documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import Assistant, locate, wiring
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json
from domainkit.errors import EvaluationError
from domainkit.evaluation.drafts import FILE, Drafts, drafted, questions
from domainkit.evaluation.proposing import Ask, Proposal, propose, propose_by
from domainkit.types import Passage

EPILOG = "Example: domainkit eval draft --most 50 · then: domainkit eval review"


@app.command(epilog=EPILOG)
def draft(
    *,
    most: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many new drafts to make.")
    ] = 30,
    model: Annotated[
        bool,
        typer.Option("--model", help="Let the assistant's model write questions too. Slow."),
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Drop the drafts nobody has decided on first.")
    ] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the new drafts as JSON.")] = False,
) -> None:
    """Propose questions that the documents answer, each with the words that answer it.

    What was drafted, judged or trained on before is not proposed again, so that it can be
    stopped and run again. Nothing is judged by a draft before a person has taken it.
    """
    with closing(Assistant.open(locate(assistant))) as opened, err.status("drafting ..."):
        kept = Drafts(opened.layout.evaluations / FILE)
        known = kept.read()
        if anew:
            known = [old for old in known if old.state != "proposed"]
            kept.write(known)
        taken = [text for folder in opened.pack.folders for text in questions(folder)]
        found = drafted(opened.corpus.store, _asking(opened, model), known=known, taken=taken)
        made = []
        for one in islice(found, most):
            kept.add(one)
            made.append(one)
    waiting = sum(old.state == "proposed" for old in known) + len(made)
    if json:
        print_json({"file": str(kept.path), "waiting": waiting, "drafts": made})
        return
    kinds = ", ".join(f"{n} from a {kind}" for kind, n in Counter(d.origin for d in made).items())
    said = f"{len(made)} drafts" if made else "nothing new to draft"
    out.print(f"{said}{': ' + kinds if kinds else ''}; {waiting} wait", markup=False)
    if waiting:
        out.print("take or leave them: domainkit eval review", markup=False)


def _asking(opened: Assistant, model: bool) -> Ask:
    """Return what proposes: the passages' form, and the model first where it is asked for.

    Raises:
        EvaluationError: when a model is asked for and none can write.
    """
    if not model:
        return propose
    writer = wiring.writer(opened.settings, opened.pack, opened.pack.manifest.languages[0])
    if writer.is_extractive:
        raise EvaluationError(
            "no model can write questions: the documents' own sentences answer here",
            hint="domainkit models fetch, or leave --model out",
        )

    def ask(passage: Passage) -> Iterator[Proposal]:
        written = propose_by(writer.generator, passage)
        yield from [written] if written else []
        yield from propose(passage)

    return ask
