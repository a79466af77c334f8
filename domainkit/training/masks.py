"""Turns an example into tokens and says which of them are trained: the answer's, and no other.

The prompt and the answer are tokenised apart, because that is what a model meets when it answers:
a finished prompt, then its own tokens one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseText
from domainkit.training.templates import Piece
from domainkit.types import Message

IGNORED = -100  # the label torch's cross entropy leaves out


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a whole example, and the same ids as labels where they are trained.

    ``labels[i]`` is ``ids[i]`` for the answer and its end of turn, else ``IGNORED``; ``place`` is
    the row's file and line.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    place: str = field(default="", compare=False)

    @property
    def trained(self) -> tuple[int, ...]:
        """The ids that are trained, in order."""
        return tuple(label for label in self.labels if label != IGNORED)

    @property
    def start(self) -> int:
        """Where the first trained token stands; the number of ids when none is trained."""
        return next((i for i, label in enumerate(self.labels) if label != IGNORED), len(self.ids))


def encode(
    prompt: str, answer: str, tokenizer: Any, *, end_of_turn: int, max_tokens: int, place: str
) -> Encoded:
    """Return ``prompt`` (a rendered chat template) and ``answer`` as tokens with their labels.

    Args:
        prompt: everything up to where the model starts to write, special tokens spelt out.
        answer: what it is to write.
        tokenizer: a transformers tokenizer.
        end_of_turn: the token that ends the answer.
        max_tokens: the longest example that is trained; nothing is cut off silently.
        place: the row's file and line, for errors.

    Raises:
        TrainingError: when the example is too long, or its trained tokens do not spell the answer.
    """
    said = [Piece(prompt), Piece(answer, trained=True, ends=True)]
    shape = Shape(end_of_turn, max_tokens)
    made = encode_pieces(said, tokenizer, shape, place=place)
    assert made is not None  # noqa: S101 - this shape leaves nothing out
    return made


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows become tokens: what ends a turn, how long they may be, what is trained.

    ``whole`` trains the prompt too; ``too_long`` is what becomes of a row of more than
    ``max_tokens``; ``begins`` are the tokens every row begins with.
    """

    end_of_turn: int
    max_tokens: int
    whole: bool = False
    too_long: Literal["error", "leave-out", "cut"] = "error"
    begins: tuple[int, ...] = ()


def encode_pieces(
    said: Sequence[Piece], tokenizer: Any, shape: Shape, *, place: str
) -> Encoded | None:
    """Return ``said`` as tokens with their labels; None for a row that is left out as too long.

    Raises:
        TrainingError: when it is too long, or its trained tokens do not spell what is trained.
    """
    ids, labels = [*shape.begins], [IGNORED] * len(shape.begins)
    ended = False
    for piece in said:
        text = piece.text
        if ended:  # the template spells out the token that stands there already
            text = text.removeprefix(str(tokenizer.decode([shape.end_of_turn])))
        spelt = [*tokenizer(text, add_special_tokens=False)["input_ids"]]
        ended = piece.ends
        if piece.trained:
            spelt += [shape.end_of_turn] * piece.ends
            one = Encoded(tuple(spelt), tuple(spelt))
            check(one, text, tokenizer, end_of_turn=shape.end_of_turn, place=place, ends=ended)
        ids += spelt
        labels += spelt if piece.trained or shape.whole else [IGNORED] * len(spelt)
    if len(ids) > shape.max_tokens:
        if shape.too_long == "error":
            raise TrainingError(
                f"{place}: the example has {len(ids):,} tokens, "
                f"the recipe allows {shape.max_tokens:,}",
                hint="raise max_tokens in the recipe, or give the row fewer or shorter sources",
            )
        if shape.too_long == "leave-out":
            return None
    return _labelled(ids, labels, shape, place)


def _labelled(
    ids: Sequence[int], labels: Sequence[int], shape: Shape, place: str
) -> Encoded | None:
    """Return the row cut to its length; nothing precedes a first token, so none predicts it."""
    kept = (IGNORED, *labels[1 : shape.max_tokens])
    made = Encoded(tuple(ids[: shape.max_tokens]), kept, place)
    if made.trained:
        return made
    if len(ids) > shape.max_tokens:  # the prompt alone fills the room
        return None
    raise TrainingError(
        f"{place}: no token of this row is trained",
        hint="give the row an answer that is not empty",
    )


def encode_text(text: str, tokenizer: Any, shape: Shape, *, place: str) -> list[Encoded]:
    """Return a plain text as rows of at most ``max_tokens``, every token trained.

    Raises:
        TrainingError: when it has fewer than two tokens, so that none can be trained.
    """
    ids = [*shape.begins, *tokenizer(text, add_special_tokens=False)["input_ids"]]
    if tokenizer.eos_token_id is not None:
        ids.append(tokenizer.eos_token_id)
    parts = [ids[i : i + shape.max_tokens] for i in range(0, len(ids), shape.max_tokens)]
    rows = [Encoded(tuple(part), (IGNORED, *part[1:]), place) for part in parts if len(part) > 1]
    if not rows:
        raise TrainingError(
            f"{place}: no token of this row is trained", hint="give a text of several words"
        )
    return rows


def check(
    encoded: Encoded,
    answer: str,
    tokenizer: Any,
    *,
    end_of_turn: int,
    place: str,
    ends: bool = True,
) -> None:
    """Check that the trained tokens are the answer and its end of turn, word for word.

    A mask that trains nothing reports a loss of 0 and tunes nothing; one that trains the prompt
    teaches the model to write questions. Neither can be seen in a loss curve.

    Raises:
        TrainingError: when they are not.
    """
    trained = encoded.trained
    if not trained:
        raise TrainingError(
            f"{place}: no token of this row is trained",
            hint="give the row an answer that is not empty",
        )
    said = trained[:-1] if ends else trained
    spelt = tokenizer.decode(said, clean_up_tokenization_spaces=False)
    if (ends and trained[-1] != end_of_turn) or spelt != answer:
        raise TrainingError(
            f"{place}: the trained tokens spell {spelt!r}, not the answer {answer!r}",
            hint="the base's tokenizer cannot spell this answer: check its normalisation",
        )


def end_of_turn(base: BaseText) -> int:
    """Return the token that the base's chat template puts after what the assistant says.

    A template that puts nothing there (GLM-4's) leaves it to the tokenizer's end of text.

    Raises:
        TrainingError: when the model would not stop at that token: it would never end an answer.
    """
    reply = "reply"
    turns = (Message("user", "question"), Message("assistant", reply))
    after = base.chat.render(turns, add_generation_prompt=False).rpartition(reply)[2]
    following = base.tokenizer(after, add_special_tokens=False)["input_ids"]
    token = following[0] if following else base.tokenizer.eos_token_id
    if token not in base.stops:
        raise TrainingError(
            f"the chat template ends an answer with {base.tokenizer.decode([token])!r}, "
            "where this model does not stop",
            hint="correct eos_token_id in the model's generation_config.json",
        )
    return int(token)
