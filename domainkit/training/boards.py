"""Writes the steps of a run as TensorBoard reads them, beside what the run itself shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domainkit import extras
from domainkit.training import parallel
from domainkit.training.loop import Step


@contextmanager
def tensorboard(folder: Path | None) -> Iterator[Callable[[Step], None]]:
    """Give what writes each step's loss, learning rate and tokens a second to ``folder``.

    Nothing is written without a folder, nor by any but the first of several processes.

    Raises:
        MissingExtra: when tensorboardX is not installed.
    """
    if folder is None or not parallel.speaks():
        yield lambda step: None
        return
    board = extras.load("tensorboardX", needed_for="--tensorboard").SummaryWriter(str(folder))
    before: list[Step] = []

    def see(step: Step) -> None:
        told = {"loss": step.loss, "learning_rate": step.learning_rate}
        if before and before[-1].stage == step.stage and step.seconds > before[-1].seconds:
            told["tokens_per_second"] = step.tokens / (step.seconds - before[-1].seconds)
        for name, value in told.items():
            board.add_scalar(f"{step.stage}/{name}", value, step.number)
        before[:] = [step]

    try:
        yield see
    finally:
        board.close()
