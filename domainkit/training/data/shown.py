"""What is trained of a row, token by token, to be seen before it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from domainkit.errors import TrainingError
from domainkit.generation.base_model import open_text
from domainkit.training.masks import IGNORED, Encoded
from domainkit.training.plan import Plan


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens that follow each other and are all trained, or none of them."""

    trained: bool
    tokens: tuple[str, ...]


def pieces(plan: Plan, most: int) -> list[tuple[str, list[Piece]]]:
    """Return the first ``most`` rows of ``plan``, each with its place, as pieces.

    Raises:
        TrainingError: when the base's tokenizer is not on this machine.
    """
    if plan.base is None or not plan.witnesses:
        absent = plan.absent or ", ".join(plan.imported.absent)
        raise TrainingError(
            f"what is trained depends on the base's tokenizer: {absent}",
            hint="fetch the model, or give the folder of one: --base DIR",
        )
    tokenizer = open_text(plan.base).tokenizer
    return [(row.place, of(row, tokenizer)) for row in plan.witnesses[:most]]


def of(row: Encoded, tokenizer: Any) -> list[Piece]:
    """Return ``row`` as pieces, its tokens spelt."""
    spelt = [
        (tokenizer.decode([token]), label)
        for token, label in zip(row.ids, row.labels, strict=True)
    ]
    grouped = groupby(spelt, key=lambda pair: pair[1] != IGNORED)
    return [Piece(trained, tuple(word for word, _ in group)) for trained, group in grouped]
