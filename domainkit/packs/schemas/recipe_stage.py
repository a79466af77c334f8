"""One pass of training: a recipe's ``stages``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Strict

Positive = Annotated[int, Field(ge=1)]
Kind = Literal[
    "pretrain", "sft", "dpo", "kto", "orpo", "reward", "rrhf", "raft-ranked", "grpo", "rloo"
]
SAMPLED: tuple[Kind, ...] = ("grpo", "rloo")  # the model writes the answers it learns from


class Stage(Strict):
    """One pass of training. Exactly one of ``epochs`` and ``steps`` says how long.

    A step is one change of the weights: ``batch`` rows at a time, ``accumulation`` times. The
    learning rate rises over the first ``warmup`` share of the steps and falls as ``schedule``
    says. What a ``kind`` learns from: ``pretrain`` texts; ``sft`` dialogues and grounded rows;
    ``dpo``, ``orpo``, ``reward``, ``rrhf`` and ``raft-ranked`` answers compared; ``kto`` answers
    judged; ``grpo`` and ``rloo`` the answers the model itself writes to grounded rows.

    ``packing`` reads the rows of a batch as one sequence in which none sees another; ``too_long``
    says what becomes of a row of more than ``max_tokens``. ``beta`` is how far a preference holds
    the model to what it was (of ``orpo``, how much it counts), ``samples`` how many answers are
    written to a question, of at most ``answer_tokens`` tokens at ``temperature``.
    """

    kind: Kind = "sft"
    epochs: Positive | None = None
    steps: Positive | None = None
    learning_rate: float = Field(gt=0, lt=1)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(default=0.1, ge=0, lt=1)
    optimizer: Literal["adamw", "lion"] = "adamw"
    epsilon: float = Field(default=1e-8, gt=0, lt=1)
    batch: Positive = 1
    accumulation: Positive = 1
    max_tokens: int = Field(default=1024, ge=64)
    too_long: Literal["error", "leave-out", "cut"] = "error"
    packing: bool = False
    clip: float = Field(default=1.0, gt=0)
    beta: float = Field(default=0.1, ge=0)
    samples: int = Field(default=4, ge=2, le=64)
    answer_tokens: int = Field(default=96, ge=1)
    temperature: float = Field(default=1.0, gt=0, le=2)

    @model_validator(mode="after")
    def _length(self) -> Self:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError("give either epochs or steps")
        if self.packing and self.kind not in ("pretrain", "sft"):
            raise ValueError("only pretrain and sft read packed rows")
        return self

    def total_steps(self, rows: int) -> int:
        """Return how often the weights change when training on ``rows`` rows."""
        if self.steps is not None:
            return self.steps
        return (self.epochs or 0) * -(-rows // (self.batch * self.accumulation))


class Watch(Strict):
    """What is measured while training: a recipe's ``evaluation``.

    A share of the rows is ``held_out`` and measured on ``every`` so many steps; the weights that
    did best are kept, and training ends when ``patience`` measurements brought nothing better.
    ``citations`` is the share of held-out rows whose answer, as the model writes it, cites exactly
    the sources it should, or refuses where it should; ``loss`` the mean loss of their tokens.
    """

    held_out: float = Field(gt=0, le=0.5)
    every: Positive
    patience: Positive = 3
    metric: Literal["loss", "citations"] = "loss"
