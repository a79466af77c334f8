"""Opens a base with a finished adapter, and makes one model of the two."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.generation.base_model import first_line, open_base

_PURPOSE = "merging an adapter"


def reopen(model: Any, folder: Path) -> Any:
    """Return ``model`` wrapped by PEFT with the finished adapter in ``folder``; nothing trains.

    Raises:
        ModelError: when PEFT cannot load it.
    """
    peft = extras.load("peft", needed_for=_PURPOSE)
    try:
        with renaming():
            return peft.PeftModel.from_pretrained(model, str(folder)).eval()
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelError(
            f"{folder}: PEFT cannot load this adapter: {first_line(error)}",
            hint="use the base it was tuned on, or tune it anew: domainkit train",
        ) from error


def merge(base: Path, adapter: Path, folder: Path) -> None:
    """Write ``base`` with ``adapter`` merged in to ``folder``.

    It holds weights in float32 as safetensors, the tokenizer, the chat template that the adapter
    was tuned by and every token that ends a turn, so any engine that reads transformers' folders
    runs it as this one does.

    Args:
        base: a GGUF file or a folder of transformers.
        adapter: the folder PEFT saved it in.
        folder: where to write.

    Raises:
        ModelError: when base or adapter cannot be opened.
    """
    opened = open_base(base)
    merged = reopen(opened.model, adapter).merge_and_unload()
    words = opened.text.tokenizer
    words.chat_template = opened.text.chat.source
    merged.generation_config.eos_token_id = sorted(opened.text.stops)
    merged.save_pretrained(folder)
    words.save_pretrained(folder)


@contextlib.contextmanager
def renaming() -> Iterator[None]:
    """Allow the names of gradient checkpointing that transformers 5 has begun to replace."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=".*gradient_checkpointing", category=FutureWarning
        )
        yield
