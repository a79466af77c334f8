"""Turns an example into tokens and says which of them are trained: the answer's, and no other.

The prompt and the answer are tokenised apart, because that is what a model meets when it answers:
a finished prompt, then its own tokens one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseText
from domainkit.types import Message

IGNORED = -100  # the label torch's cross entropy leaves out


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a whole example, and the same ids as labels where they are trained.

    ``labels[i]`` is ``ids[i]`` for the answer and its end of turn, else ``IGNORED``.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]

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
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    written = [*tokenizer(answer, add_special_tokens=False)["input_ids"], end_of_turn]
    if len(before) + len(written) > max_tokens:
        raise TrainingError(
            f"{place}: the example has {len(before) + len(written):,} tokens, "
            f"the recipe allows {max_tokens:,}",
            hint="raise max_tokens in the recipe, or give the row fewer or shorter sources",
        )
    encoded = Encoded((*before, *written), (*[IGNORED] * len(before), *written))
    check(encoded, answer, tokenizer, end_of_turn=end_of_turn, place=place)
    return encoded


def check(encoded: Encoded, answer: str, tokenizer: Any, *, end_of_turn: int, place: str) -> None:
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
    spelt = tokenizer.decode(trained[:-1], clean_up_tokenization_spaces=False)
    if trained[-1] != end_of_turn or spelt != answer:
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
