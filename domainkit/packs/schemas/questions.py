"""One line of ``eval/*.jsonl``: a question and what a good answer to it must be."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from domainkit.packs.schemas.base import Language, Strict
from domainkit.packs.schemas.rows import FileSource

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
YES_NO = ("yes", "no", "maybe")  # the labels of a question without choices


class Turn(Strict):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: Text


class EvalQuestion(Strict):
    """A judged question.

    ``expect`` is the status of the answer. ``must_cite`` names passages of the pack's knowledge as
    training rows do, any one of which a correct answer cites. ``must_say`` and ``must_not_say``
    are words an answer holds, or must not. ``tags`` group questions in reports ("injection").

    ``ideal`` are answers a person would give, any of which the answer is compared with. ``label``
    is the right one of ``yes``, ``no`` and ``maybe``, or of the keys of ``choices``, which hold
    what each says.
    """

    id: Text
    question: Text
    language: Language
    expect: Literal["answered", "insufficient", "clarify", "refused", "escalated"]
    must_cite: tuple[FileSource, ...] = ()
    must_say: tuple[Text, ...] = ()
    must_not_say: tuple[Text, ...] = ()
    ideal: tuple[Text, ...] = ()
    label: Text | None = None
    choices: dict[Text, Text] = Field(default_factory=dict)
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    jurisdiction: str | None = None
    tags: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.must_cite and self.expect != "answered":
            raise ValueError(f"an answer that is {self.expect} cites nothing: drop must_cite")
        if self.choices and self.label is None:
            raise ValueError("choices without a label: say which of them is right")
        known = tuple(self.choices) or YES_NO
        if self.label is not None and self.label not in known:
            raise ValueError(f"the label '{self.label}' is none of {', '.join(known)}")
        return self
