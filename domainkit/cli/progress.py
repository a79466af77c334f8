"""What a training run shows while it runs, and how it is stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from domainkit.cli.output import err
from domainkit.training import parallel
from domainkit.training.loop import Step


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
    """Give what shows a step: a bar on a terminal, a line a step elsewhere.

    Of several processes that train one adapter, the first shows them.
    """
    if not parallel.speaks():
        yield lambda step: None
        return
    pace = _Pace()
    if not err.is_terminal:
        yield lambda step: err.print(
            f"{step.stage} step {step.number}/{step.of} loss {step.loss:.4f} "
            f"{step.seconds:.0f} s{pace.told(step)}"
        )
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}{task.fields[pace]}"),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("training", total=None, loss=float("nan"), pace="")
        yield lambda step: bar.update(
            task,
            description=step.stage,
            total=step.of,
            completed=step.number,
            loss=step.loss,
            pace=pace.told(step),
        )


class _Pace:
    """How fast a run reads, over the steps seen: a resumed run's earlier ones are not."""

    def __init__(self) -> None:
        self._stage = ""
        self._first: Step | None = None
        self._tokens = 0

    def told(self, step: Step) -> str:
        """Return ", 120 tokens/s, 3 min left"; of the first step of a stage, nothing."""
        if self._first is None or step.stage != self._stage:
            self._stage, self._first, self._tokens = step.stage, step, 0
            return ""
        self._tokens += step.tokens
        taken = step.seconds - self._first.seconds
        if taken <= 0:
            return ""
        left = taken / (step.number - self._first.number) * (step.of - step.number)
        shown = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
        speed = f", {self._tokens / taken:.0f} tokens/s" if self._tokens else ""
        return f"{speed}, {shown} left"
