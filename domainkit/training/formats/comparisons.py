"""Answers compared: two of them, a ranked list, or one with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domainkit.training.formats.chats import turns
from domainkit.training.formats.samples import (
    Comparison,
    Judged,
    Keys,
    Unusable,
    asked,
    compared,
    words,
)
from domainkit.types import Message


class Preference(Keys):
    """``chosen`` and ``rejected`` answers, as texts, as a turn, or as whole dialogues.

    The question stands in ``prompt`` (TRL), in ``conversations`` (LLaMA-Factory, MedicalGPT), or
    in ``instruction`` and ``input``.
    """

    def read(self, row: Mapping[str, Any]) -> Sequence[Comparison]:
        """Return the better answer and the other."""
        before = _question(row)
        good, bad = (_answer(row[key], before) for key in ("chosen", "rejected"))
        return [compared(before, (good, bad))]


class Ranked(Keys):
    """Several ``answers`` to one ``prompt``, with ``scores`` as RRHF has them, or the best first.

    Higher scores are better.
    """

    def fits(self, row: Any) -> bool:
        """Return whether ``answers``, or RRHF's ``responses``, stand beside a question."""
        return (
            isinstance(row, Mapping)
            and any(isinstance(row.get(key), list) for key in _ANSWERS)
            and any(key in row for key in _QUESTIONS)
        )

    def read(self, row: Mapping[str, Any]) -> Sequence[Comparison]:
        """Return the answers, the best first."""
        listed = next(row[key] for key in _ANSWERS if isinstance(row.get(key), list))
        answers, scores = [str(answer) for answer in listed], row.get("scores")
        if not scores:
            return [compared(_question(row), answers)]
        if not isinstance(scores, list) or len(scores) != len(answers):
            raise Unusable("it has not as many scores as answers")
        order = sorted(range(len(answers)), key=lambda i: -float(scores[i]))
        made = compared(_question(row), [answers[i] for i in order])
        return [Comparison(made.turns, made.answers, tuple(float(scores[i]) for i in order))]


class Verdicts(Keys):
    """A ``prompt``, one ``completion`` and whether it is good, as KTO is trained on."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Judged]:
        """Return the answer with its verdict."""
        if not isinstance(row["label"], bool):
            raise Unusable("its label is neither true nor false")
        before = _question(row)
        answer = _answer(row["completion"], before)
        if not answer.strip():
            raise Unusable("the answer is empty")
        return [Judged(asked(before), answer, row["label"])]


_ANSWERS = ("answers", "responses")
_QUESTIONS = ("prompt", "query", "conversations", "instruction")


def _question(row: Mapping[str, Any]) -> list[Message]:
    if isinstance(row.get("conversations"), list):
        return turns(row["conversations"], "from", "value")
    if isinstance(row.get("prompt"), list):
        return turns(row["prompt"], "role", "content")
    if prompt := words(row, "prompt") or words(row, "query"):
        return [Message("user", prompt)]
    said = [words(row, key) for key in ("instruction", "input")]
    return [Message("user", "\n".join(filter(None, said)))]


def _answer(value: Any, before: Sequence[Message]) -> str:
    """Return the words of an answer, written as text, as a turn, or as the whole dialogue."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return words(value, "value" if "value" in value else "content")
    whole = turns(value, "role", "content")
    if not whole or whole[-1].role != "assistant":
        raise Unusable("an answer does not end with the assistant")
    if len(whole) > 1 and [t.content for t in whole[:-1]] != [t.content for t in before]:
        raise Unusable("the dialogues that are compared begin differently")
    return whole[-1].content


PREFERENCE = Preference(
    "preference",
    "https://huggingface.co/docs/trl/dataset_formats#preference",
    frozenset({"chosen", "rejected"}),
)
RANKED = Ranked("ranked", "https://github.com/GanjinZero/RRHF#data", frozenset({"answers"}))
VERDICTS = Verdicts(
    "verdict",
    "https://huggingface.co/docs/trl/dataset_formats#unpaired-preference",
    frozenset({"prompt", "completion", "label"}),
)
