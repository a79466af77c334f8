"""The training loop: LoRA on the answer tokens of encoded rows, seeded and resumable."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, Literal

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.generation.base_model import first_line
from domainkit.generation.merging import renaming
from domainkit.packs.schemas.recipe import Lora, Stage
from domainkit.training.masks import IGNORED, Encoded

_PURPOSE = "training an adapter"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the weights: the mean loss of a trained token, and seconds since the start."""

    number: int
    of: int
    loss: float
    learning_rate: float
    seconds: float


def attach(
    model: Any,
    method: Lora,
    targets: Sequence[str],
    *,
    seed: int,
    checkpointing: bool = False,
    task: Literal["CAUSAL_LM", "SEQ_2_SEQ_LM"] = "CAUSAL_LM",
) -> Any:
    """Return ``model`` wrapped by PEFT with a fresh LoRA on ``targets``; only the LoRA trains.

    With ``checkpointing`` activations are computed twice and few of them held.

    Raises:
        TrainingError: when the model has no layers of those names.
    """
    peft = extras.load("peft", needed_for=_PURPOSE)
    extras.load("torch", needed_for=_PURPOSE).manual_seed(seed)
    config = peft.LoraConfig(
        task_type=task,
        r=method.r,
        lora_alpha=method.alpha,
        lora_dropout=method.dropout,
        target_modules=list(targets),
        fan_in_fan_out=any(type(layer).__name__ == "Conv1D" for layer in model.modules()),
    )
    try:
        with renaming():
            tuned = peft.get_peft_model(model, config)
            if checkpointing:
                tuned.enable_input_require_grads()
                tuned.gradient_checkpointing_enable()
    except ValueError as error:
        raise TrainingError(
            f"LoRA finds no layer to tune: {first_line(error)}",
            hint="name the layers of this model in the recipe: method.targets",
        ) from error
    return tuned


class Loop:
    """Tunes a model step by step; what ``checkpoint`` saves and restores.

    ``rows`` are encoded rows, or what the ``_step`` of a subclass trains on. The same rows, stage,
    seed and machine give the same weights, interrupted in between or not.
    """

    def __init__(self, model: Any, rows: Sequence[Any], stage: Stage, *, seed: int) -> None:
        torch = extras.load("torch", needed_for=_PURPOSE)
        self.model = model
        self.taken: list[Step] = []
        self._rows = rows
        self._stage = stage
        self._seed = seed
        self._weights = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self._weights, lr=stage.learning_rate, weight_decay=0.0)

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
            rate = self._stage.learning_rate * schedule(number, self.total, self._stage.warmup)
            loss = self._step([self._rows[i] for i in group], rate)
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss} at step {number} of {self.total}",
                    hint="lower learning_rate in the recipe",
                )
            step = Step(number, self.total, loss, rate, time.monotonic() - begun)
            self.taken.append(step)
            yield step
        self.model.eval()

    def _plan(self) -> Iterator[list[int]]:
        """Yield the rows of each step, without end: every epoch is shuffled by seed and number."""
        size = self._stage.batch * self._stage.accumulation
        for epoch in count():
            order = list(range(len(self._rows)))
            random.Random(f"{self._seed}:{epoch}").shuffle(order)  # noqa: S311 - not a secret
            for start in range(0, len(order), size):
                yield order[start : start + size]

    def _step(self, rows: Sequence[Any], rate: float) -> float:
        """Change the weights once and return the mean loss over all trained tokens of ``rows``.

        Dividing by the tokens of the whole step, not of each batch, makes accumulation change
        nothing but memory.
        """
        tokens = sum(len(row.trained) for row in rows)
        total = 0.0
        for start in range(0, len(rows), self._stage.batch):
            group = rows[start : start + self._stage.batch]
            loss = -log_probabilities(self.model, group).sum() / tokens
            loss.backward()
            total += loss.item()
        self.change(rate)
        return total

    def change(self, rate: float) -> None:
        """Change the weights by the gradients that were gathered, and let go of these."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        for options in self.optimizer.param_groups:
            options["lr"] = rate
        torch.nn.utils.clip_grad_norm_(self._weights, self._stage.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def schedule(step: int, total: int, warmup: float) -> float:
    """Return the share of the learning rate at ``step`` (from 1): a linear rise, then a cosine."""
    rise = math.ceil(warmup * total)
    if step <= rise:
        return step / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / (total - rise + 1)))


def log_probabilities(model: Any, rows: Sequence[Encoded]) -> Any:
    """Return the summed log-probability of each row's trained tokens, a tensor of [len(rows)].

    Only the end of each row is trained, so only its logits are computed: with a vocabulary of
    50,000 the prompt's would take more memory than the model. Shorter rows are filled up on the
    right, where a causal model cannot see.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    width = max(len(row.ids) for row in rows)
    first = min(row.start for row in rows)

    def filled(values: Sequence[Sequence[int]], fill: int) -> Any:
        full = [[*value, *[fill] * (width - len(value))] for value in values]
        return torch.tensor(full, device=model.device)

    logits = model(
        input_ids=filled([row.ids for row in rows], 0),
        attention_mask=filled([[1] * len(row.ids) for row in rows], 0),
        logits_to_keep=width - first + 1,
    ).logits
    labels = filled([row.labels for row in rows], IGNORED)[:, first:]
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].float().transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
    )
    return -losses.sum(dim=1)


def mean_log_probability(model: Any, rows: Sequence[Encoded]) -> float:
    """Return the mean log-probability of a trained token of ``rows``: the loss, negated."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    with torch.inference_mode():
        total = sum(log_probabilities(model, [row]).item() for row in rows)
    return float(total) / sum(len(row.trained) for row in rows)
