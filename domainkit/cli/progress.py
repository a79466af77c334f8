"""What a training run shows while it runs, and how it is stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domainkit.cli.output import err
from domainkit.training.lora import Step


@contextmanager
def stopping() -> Iterator[Event]:
    """Give an event that Ctrl-C sets; a second Ctrl-C ends the program at once."""
    stop = Event()

    def hear(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        err.print("stopping after this step ...")
        stop.set()

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def watching() -> Iterator[Callable[[Step], None]]:
    """Give what shows a step: a bar on a terminal, a line a step elsewhere."""
    if not err.is_terminal:
        yield lambda step: err.print(
            f"step {step.number}/{step.of} loss {step.loss:.4f} {step.seconds:.0f} s"
        )
        return
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("training", total=None, loss=float("nan"))
        yield lambda step: bar.update(task, total=step.of, completed=step.number, loss=step.loss)
