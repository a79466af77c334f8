"""Turns rows into examples: the very prompt an answer is written from, and what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domainkit.errors import TrainingError
from domainkit.generation.prompt import compose
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import Data, RagContext
from domainkit.packs.schemas.rows import MARKER
from domainkit.text.neutral import neutralise
from domainkit.training import contexts
from domainkit.training.passages import Passages
from domainkit.training.rows import Row, read
from domainkit.types import Passage, Prompt, Question, Retrieved

_REPEATED = re.compile(r"(\[\d+\])(?:\s*\1)+")


@dataclass(frozen=True, slots=True)
class Example:
    """What is trained: ``answer`` after ``prompt``. ``place`` is the row's file and line."""

    id: str
    place: str
    prompt: Prompt
    answer: str
    refusal: bool
    licence: str
    origin: str


def examples(
    pack: Pack,
    data: Sequence[Data],
    *,
    budget: int,
    count: Callable[[str], int],
    context: RagContext | None = None,
    seed: int = 0,
    home: Pack | None = None,
) -> list[Example]:
    """Return the rows of ``data``, each with the prompt its question and sources make.

    A refusal is answered by the sentence the pack's prompts ask for.

    Args:
        pack: whose prompts are used.
        data: the files of rows, as a recipe names them.
        budget: the tokens a prompt may have, as when answering.
        count: counts a text's tokens as the base does.
        context: what else is shown with a row's sources; None shows them alone.
        seed: decides what else is shown.
        home: the pack whose rows and sources they are, where that is another.

    Raises:
        PackError: for a row that does not fit the schema.
        TrainingError: for a row whose sources are not found or do not fit the budget.
    """
    rows = read(home or pack, data)
    passages = Passages(home or pack, rows)
    return [
        _example(pack, _quoting(row, own, context), own, seen, budget, count)
        for row, own, seen in contexts.shown(rows, passages, context, seed=seed)
    ]


def _quoting(row: Row, own: Sequence[Passage], context: RagContext | None) -> Row:
    """Return ``row`` with an answer that begins with its quote, where these are asked for."""
    if context is None or not context.quote or row.written.answer is None:
        return row
    answer = contexts.quoted(row, own)
    return replace(row, written=row.written.model_copy(update={"answer": answer}))


def _example(  # noqa: PLR0917 - what an example is made of
    pack: Pack,
    row: Row,
    sources: Sequence[Passage],
    seen: Sequence[Passage],
    budget: int,
    count: Callable[[str], int],
) -> Example:
    written = row.written
    question = Question(written.question, language=written.language)
    shown = list({passage.id: passage for passage in seen}.values())
    retrieved = [Retrieved(passage, 1.0, rank) for rank, passage in enumerate(shown, start=1)]
    prompt = compose(pack, question, retrieved, budget=budget, count=count)
    for number, passage in enumerate(shown, start=1):
        if neutralise(passage.text) not in prompt.messages[-1].content:
            raise TrainingError(
                f"{row.place}: source {number} of {len(shown)} does not fit whole within the "
                f"{budget:,} tokens of a prompt",
                hint="give it shorter sources, or raise generation.prompt_tokens",
            )
    answer = pack.no_answer(written.language)
    if written.answer:
        numbers = [shown.index(passage) + 1 for passage in sources]
        answer = _renumbered(written.answer, numbers)
    return Example(
        id=written.id,
        place=row.place,
        prompt=prompt,
        answer=answer,
        refusal=written.refusal,
        licence=written.licence,
        origin=written.origin,
    )


def _renumbered(answer: str, numbers: Sequence[int]) -> str:
    """Return ``answer`` citing source ``i`` as ``numbers[i - 1]``.

    Where a text is divided is its reading profile's business: words that a row quotes as two
    sources may stand in one passage, which a prompt shows once.
    """
    renumbered = MARKER.sub(lambda marker: f"[{numbers[int(marker[1]) - 1]}]", answer)
    return _REPEATED.sub(r"\1", renumbered)
