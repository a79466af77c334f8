"""What a published row says, whatever its layout: a dialogue, a text, or answers compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from domainkit.types import Message


class Unusable(ValueError):
    """A row that cannot be trained on, and why; caught where rows are read, and reported."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Turns of user and assistant in order, a system's first where there is one.

    It ends with the assistant. ``references`` are the texts the answers are said to rest on;
    ``given`` is the end of the last question that Alpaca's rows keep apart as its input.
    """

    turns: tuple[Message, ...]
    references: tuple[str, ...] = ()
    given: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A plain text, trained whole."""

    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Answers to the same turns, the best first; ``scores`` beside them where there are any."""

    turns: tuple[Message, ...]
    answers: tuple[str, ...]
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer, found good or not."""

    turns: tuple[Message, ...]
    answer: str
    good: bool


Sample = Dialogue | Text | Comparison | Judged


class Format(Protocol):
    """A published layout of rows.

    ``source`` is where its makers describe it or use it.
    """

    @property
    def name(self) -> str:
        """The name a recipe gives it."""
        ...

    @property
    def source(self) -> str:
        """Where the layout is published."""
        ...

    @property
    def keys(self) -> frozenset[str]:
        """The keys every row has, to name what another file lacks."""
        ...

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` has this layout."""
        ...

    def read(self, row: Any) -> Sequence[Sample]:
        """Return what ``row`` says: one sample, or several of a tree.

        Raises:
            Unusable: when nothing in it can be trained on.
        """
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """The part that most layouts share: a row is a mapping with these keys."""

    name: str
    source: str
    keys: frozenset[str]

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` is a mapping that has all ``keys``."""
        return isinstance(row, Mapping) and self.keys <= row.keys()


def words(row: Mapping[str, Any], key: str) -> str:
    """Return the text at ``key``, which may be absent or null.

    Raises:
        Unusable: when something else stands there.
    """
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(f"'{key}' is not text")
    return value


def texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the texts at ``key``: a list of them, one alone, or none.

    Raises:
        Unusable: when something else stands there.
    """
    value = row.get(key) or []
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise Unusable(f"'{key}' is not a list of texts")
    return tuple(listed)


def exchange(question: str, answer: str, references: Sequence[str] = ()) -> Dialogue:
    """Return one question and its answer.

    Raises:
        Unusable: when either is empty.
    """
    turns = [Message("user", question), Message("assistant", answer)]
    return dialogue(turns, references)


def dialogue(turns: Sequence[Message], references: Sequence[str] = ()) -> Dialogue:
    """Return ``turns`` as a dialogue; a question at the end that nobody answers is left out.

    Raises:
        Unusable: when nobody answers, somebody says nothing, or speaks twice in a row.
    """
    answered = [*turns]
    if answered and answered[-1].role == "user":
        answered.pop()
    _check(answered)
    if not answered or answered[-1].role != "assistant":
        raise Unusable("nobody answers")
    return Dialogue(tuple(answered), tuple(references))


def asked(turns: Sequence[Message]) -> tuple[Message, ...]:
    """Return ``turns`` as what answers are compared on: they end with the user.

    Raises:
        Unusable: when they do not.
    """
    _check(turns)
    if not turns or turns[-1].role != "user":
        raise Unusable("the answers follow no question")
    return tuple(turns)


def compared(turns: Sequence[Message], answers: Sequence[str]) -> Comparison:
    """Return ``answers``, the best first, to ``turns``.

    Raises:
        Unusable: when there are not two that differ.
    """
    if not all(answer.strip() for answer in answers):
        raise Unusable("an answer is empty")
    if len(set(answers)) < len(answers) or len(answers) < 2:
        raise Unusable("the answers that are compared are the same")
    return Comparison(asked(turns), tuple(answers))


def _check(turns: Sequence[Message]) -> None:
    spoken = [turn.role for turn in turns]
    if "system" in spoken[1:]:
        raise Unusable("the system speaks in the middle")
    rest = spoken[1:] if spoken[:1] == ["system"] else spoken
    if rest[:1] == ["assistant"]:
        raise Unusable("the assistant speaks first")
    if twice := next((one for one, other in pairwise(rest) if one == other), None):
        raise Unusable(f"the {twice} speaks twice in a row")
    if empty := next((turn for turn in turns if not turn.content.strip()), None):
        raise Unusable(f"the {empty.role} says nothing")
