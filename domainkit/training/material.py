"""What each stage of a recipe is trained on, as tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseText
from domainkit.packs.schemas.recipe import Recipe, Stage
from domainkit.training.data.rows import DataRow
from domainkit.training.examples import Example
from domainkit.training.formats.samples import Comparison, Dialogue, Judged, Text
from domainkit.training.masks import (
    Encoded,
    Shape,
    encode,
    encode_pieces,
    encode_text,
    end_of_turn,
)
from domainkit.training.objectives import Compared, Verdict
from domainkit.training.rewards import Wanted
from domainkit.training.sampled import Asked
from domainkit.training.templates import MODEL, Piece, pieces
from domainkit.types import Message

_WANTED = {
    "pretrain": "texts",
    "sft": "dialogues or grounded rows",
    "kto": "answers that were judged or compared",
    "grpo": "grounded rows",
    "rloo": "grounded rows",
}


class Writer:
    """Turns rows into tokens as one recipe shows them to one base."""

    def __init__(self, recipe: Recipe, text: BaseText) -> None:
        self._recipe = recipe
        self._text = text
        self._end = end_of_turn(text) if recipe.template == MODEL else _end_of_text(text)

    def of(self, stage: Stage, grounded: Sequence[Example], rows: Sequence[DataRow]) -> list[Any]:
        """Return what ``stage`` is trained on.

        Raises:
            TrainingError: when there is nothing of its kind, or a row cannot be trained.
        """
        match stage.kind:
            case "pretrain":
                found: list[Any] = [*self._texts(stage, rows)]
            case "sft":
                found = [*self._grounded(stage, grounded), *self._dialogues(stage, rows)]
            case "grpo" | "rloo":
                found = [self._asked(row) for row in grounded]
            case "kto":
                found = self._verdicts(stage, rows)
            case "raft-ranked":
                found = [row.answers[0] for row in self._compared(stage, rows)]
            case _:
                found = self._compared(stage, rows)
        if not found:
            wanted = _WANTED.get(stage.kind, "answers that were compared")
            raise TrainingError(
                f"the stage {stage.kind} learns from {wanted}, and the recipe's data hold none",
                hint="name a file of them under data:, or leave the stage out",
            )
        return found

    def dialogue(self, stage: Stage, row: DataRow) -> Encoded | None:
        """Return one dialogue as tokens, or None when it is left out as too long."""
        if not isinstance(row.sample, Dialogue):
            return None
        said = pieces(self._recipe.template, row.sample, self._text.chat)
        return encode_pieces(said, self._text.tokenizer, self._shape(stage), place=row.place)

    def _shape(self, stage: Stage) -> Shape:
        begins = () if self._recipe.template == MODEL else _begins(self._text)
        whole = self._recipe.mask == "all"
        return Shape(self._end, stage.max_tokens, whole, stage.too_long, begins)

    def _grounded(self, stage: Stage, rows: Sequence[Example]) -> Iterator[Encoded]:
        for row in rows:
            yield encode(
                self._text.chat.render(row.prompt.messages),
                row.answer,
                self._text.tokenizer,
                end_of_turn=self._end,
                max_tokens=stage.max_tokens,
                place=row.place,
            )

    def _dialogues(self, stage: Stage, rows: Sequence[DataRow]) -> Iterator[Encoded]:
        for row in rows:
            if (made := self.dialogue(stage, row)) is not None:
                yield made

    def _texts(self, stage: Stage, rows: Sequence[DataRow]) -> Iterator[Encoded]:
        shape = Shape(self._end, stage.max_tokens, begins=_begins(self._text))
        for row in rows:
            if isinstance(row.sample, Text):
                yield from encode_text(
                    row.sample.text, self._text.tokenizer, shape, place=row.place
                )

    def _asked(self, row: Example) -> Asked:
        prompt = self._text.chat.render(row.prompt.messages)
        ids = self._text.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        return Asked(tuple(ids), Wanted(row.answer, row.refusal))

    def _compared(self, stage: Stage, rows: Sequence[DataRow]) -> list[Compared]:
        found: list[Compared] = []
        for row in rows:
            if not isinstance(row.sample, Comparison):
                continue
            made = [
                self._answer(stage, row.sample.turns, answer, row.place)
                for answer in row.sample.answers
            ]
            whole = tuple(one for one in made if one is not None)
            if len(whole) == len(made):
                found.append(Compared(len(found), whole))
        return found

    def _verdicts(self, stage: Stage, rows: Sequence[DataRow]) -> list[Verdict]:
        """Return answers judged, each with the next row's answer to the same prompt."""
        judged = [one for row in rows for one in _judged(row)]
        found: list[Verdict] = []
        for number, (turns, answer, good, place) in enumerate(judged):
            other = judged[(number + 1) % len(judged)][1]
            own = self._answer(stage, turns, answer, place)
            mixed = self._answer(stage, turns, other, place)
            if own is not None and mixed is not None:
                found.append(Verdict(len(found), own, mixed, good))
        return found

    def _answer(
        self, stage: Stage, turns: Sequence[Message], answer: str, place: str
    ) -> Encoded | None:
        """Return ``answer`` to ``turns`` as tokens; of earlier answers none is trained."""
        said = Dialogue((*turns, Message("assistant", answer)))
        shown = pieces(self._recipe.template, said, self._text.chat)
        last = len(shown) - 1
        only = [p if i == last else Piece(p.text, False, p.ends) for i, p in enumerate(shown)]
        return encode_pieces(only, self._text.tokenizer, self._shape(stage), place=place)


def _judged(row: DataRow) -> list[tuple[Sequence[Message], str, bool, str]]:
    match row.sample:
        case Judged(turns, answer, good):
            return [(turns, answer, good, row.place)]
        case Comparison(turns, answers):
            return [(turns, answers[0], True, row.place), (turns, answers[-1], False, row.place)]
    return []


def _begins(text: BaseText) -> tuple[int, ...]:
    """Return the tokens that the base's tokenizer puts before any text: a beginning, or none."""
    added = [*text.tokenizer("")["input_ids"]]
    return tuple(token for token in added if token != text.tokenizer.eos_token_id)


def _end_of_text(text: BaseText) -> int:
    token = text.tokenizer.eos_token_id
    if token is None:
        raise TrainingError(
            "the base's tokenizer has no token that ends a text", hint="template: model"
        )
    return int(token)
