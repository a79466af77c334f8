"""The training loop: steps that change what a method trains, seeded and resumable."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.packs.schemas.recipe import Stage
from domainkit.training import optimizers, parallel
from domainkit.training.objectives import Likelihood, Objective

_PURPOSE = "training an adapter"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the weights: its mean loss, and seconds since the start.

    ``tokens`` are all that were read for it, prompts included; ``stage`` the kind of its pass.
    """

    number: int
    of: int
    loss: float
    learning_rate: float
    seconds: float
    tokens: int = 0
    stage: str = "sft"


class Loop:
    """Tunes a model step by step; what ``checkpoint`` saves and restores.

    ``rows`` are encoded rows, or what the ``_step`` of a subclass trains on. The same rows, stage,
    seed and machine give the same weights, interrupted in between or not. ``mixed`` multiplies in
    bfloat16; ``even`` computes as often in every process, as a base that is parted needs.
    """

    def __init__(
        self,
        model: Any,
        rows: Sequence[Any],
        stage: Stage,
        *,
        seed: int,
        objective: Objective | None = None,
        mixed: bool = False,
        even: bool = False,
    ) -> None:
        self.model = model
        self.objective = objective or Likelihood(packed=stage.packing)
        self.taken: list[Step] = []
        self._rows = rows
        self._stage = stage
        self._seed = seed
        self._mixed = mixed
        self._even = even
        self._weights = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = optimizers.make(self._weights, stage)

    @property
    def total(self) -> int:
        """How many steps the stage takes in all."""
        return self._stage.total_steps(len(self._rows))

    def run(self) -> Iterator[Step]:
        """Yield every step once the weights have changed, from where ``taken`` ends.

        Raises:
            TrainingError: when the loss is no longer a number.
        """
        before = self.taken[-1].seconds if self.taken else 0.0
        begun = time.monotonic() - before
        self.model.train()
        for group in islice(self._plan(), len(self.taken), self.total):
            number = len(self.taken) + 1
            stage = self._stage
            share = schedule(number, self.total, stage.warmup, stage.schedule)
            rate, rows = stage.learning_rate * share, [self._rows[i] for i in group]
            loss = self._step(rows, rate)
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss} at step {number} of {self.total}",
                    hint="lower learning_rate in the recipe",
                )
            read = self._read(rows)
            taken = time.monotonic() - begun
            step = Step(number, self.total, loss, rate, taken, read, stage.kind)
            self.taken.append(step)
            yield step
        self.model.eval()

    def _read(self, rows: Sequence[Any]) -> int:
        """Return how many tokens the model read for ``rows``."""
        return self.objective.read(rows)

    def _plan(self) -> Iterator[list[int]]:
        """Yield the rows of each step, without end: every epoch is shuffled by seed and number."""
        size = self._stage.batch * self._stage.accumulation
        for epoch in count():
            order = list(range(len(self._rows)))
            random.Random(f"{self._seed}:{epoch}").shuffle(order)  # noqa: S311 - not a secret
            for start in range(0, len(order), size):
                yield order[start : start + size]

    def _step(self, rows: Sequence[Any], rate: float) -> float:
        """Change the weights once and return the mean loss of ``rows``.

        Dividing by what the whole step weighs, not each batch, makes accumulation change nothing
        but memory.
        """
        weight, total = self.objective.weight(rows), 0.0
        processes = parallel.current()
        for group, counts in processes.batches(rows, self._stage.batch, even=self._even):
            with self._multiplying():
                loss = self.objective.total(self.model, group) * counts / weight
            loss.backward()
            total += loss.item()
        total = processes.summed(self._weights, total)
        self.change(rate)
        return total

    def _multiplying(self) -> AbstractContextManager[Any]:
        """Multiply in bfloat16 where the recipe says so.

        On a processor with AMX a row of 600 tokens takes 3.4 s of one core, not 4.7 as in float32.
        """
        if not self._mixed:
            return nullcontext()
        torch = extras.load("torch", needed_for=_PURPOSE)
        cast: AbstractContextManager[Any] = torch.autocast(
            self.model.device.type, dtype=torch.bfloat16
        )
        return cast

    def change(self, rate: float) -> None:
        """Change the weights by the gradients that were gathered, and let go of these."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        for options in self.optimizer.param_groups:
            options["lr"] = rate
        torch.nn.utils.clip_grad_norm_(self._weights, self._stage.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def schedule(step: int, total: int, warmup: float, kind: str = "cosine") -> float:
    """Return the share of the learning rate at ``step`` (from 1): a linear rise, then ``kind``."""
    rise = math.ceil(warmup * total)
    if step <= rise:
        return step / rise
    if kind == "constant":
        return 1.0
    gone = (step - rise) / (total - rise + 1)
    return 1 - gone if kind == "linear" else 0.5 * (1 + math.cos(math.pi * gone))
