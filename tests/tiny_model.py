"""A base model small enough to make anew in a test, from the product's own maker of such."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from domainkit.models.tiny import SHAPE, SPECIAL, TEMPLATE, tokenizer
from domainkit.models.tiny import write as write_base

CHATML = TEMPLATE

__all__ = ["CHATML", "SHAPE", "SPECIAL", "one_thread", "tokenizer", "write_base"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: two, on a model of two layers, only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
