"""Several processes train one adapter: each a share of every step's rows, their gradients summed.

``torchrun`` starts them, one a GPU, and tells each its number by variables. What is trained of a
model fits into one sum a step, so that the base needs no wrapper; each process holds it whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from domainkit import extras

_PURPOSE = "training with several processes"


@dataclass(frozen=True, slots=True)
class Group:
    """The process of number ``rank`` among ``size``; alone where nothing else is said."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the one process that writes and speaks."""
        return self.rank == 0

    def batches(
        self, rows: Sequence[Any], size: int, *, even: bool
    ) -> Iterator[tuple[Sequence[Any], float]]:
        """Yield this process's share of ``rows`` by ``size``, each with what its loss counts.

        ``even``: as many times in every process, with a row that counts nothing where the share
        is smaller, for processes that compute together.
        """
        mine = rows[self.rank :: self.size]
        for start in range(0, len(mine), size):
            yield mine[start : start + size], 1.0
        most = -(-len(rows) // self.size)  # the share of the first process
        lacking = -(-most // size) - -(-len(mine) // size)
        for _ in range(lacking if even else 0):
            yield rows[:1], 0.0

    def summed(self, weights: Sequence[Any], total: float) -> float:
        """Give ``weights`` the gradients of all processes, summed; return the sum of ``total``."""
        if self.size == 1:
            return total
        torch = extras.load("torch", needed_for=_PURPOSE)
        for weight in weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        grads = [weight.grad for weight in weights]
        whole = torch.cat([*(g.flatten().float() for g in grads), grads[0].new_tensor([total])])
        torch.distributed.all_reduce(whole)
        for grad, summed in zip(
            grads, whole.split([g.numel() for g in grads] + [1]), strict=False
        ):
            grad.copy_(summed.view_as(grad))
        return float(whole[-1])

    def any(self, holds: bool) -> bool:
        """Return whether ``holds`` in any process; all are asked, and all are told."""
        if self.size == 1:
            return holds
        torch = extras.load("torch", needed_for=_PURPOSE)
        told = torch.tensor(float(holds), device=_device(torch))
        torch.distributed.all_reduce(told)
        return bool(told.item())

    def wait(self) -> None:
        """Go on once every process is here."""
        self.any(False)


ALONE = Group()


def current() -> Group:
    """Return the group that ``joined`` made; a process by itself outside of it."""
    if alone():
        return ALONE
    distributed = extras.load("torch", needed_for=_PURPOSE).distributed
    if not distributed.is_initialized():
        return ALONE
    return Group(distributed.get_rank(), distributed.get_world_size())


def speaks() -> bool:
    """Return whether this process is the one that prints, before any is joined."""
    return os.environ.get("RANK", "0") == "0"


def alone() -> bool:
    """Return whether this process trains by itself, before any is joined."""
    return _asked() == 1


@contextmanager
def joined() -> Iterator[None]:
    """Join the processes that ``torchrun`` started, for the while; nothing where they are one.

    Nor where they have joined already: one group trains several adapters after each other.
    """
    torch = None if alone() else extras.load("torch", needed_for=_PURPOSE)
    if torch is None or torch.distributed.is_initialized():
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


def _asked() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def _device(torch: Any) -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
