"""Reads the weight files of a checkpoint one at a time: safetensors, or torch's own format."""

from __future__ import annotations

import json
import pickle  # for its error alone
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import ModelError

_PURPOSE = "reading a checkpoint"
_PATTERNS = ("*.safetensors", "pytorch_model*.bin")


def files(folder: Path) -> list[Path]:
    """Return the weight files of ``folder`` in order, of one format.

    Raises:
        ModelError: when there is none, or one that the index names is absent.
    """
    found = next(filter(None, (sorted(folder.glob(each)) for each in _PATTERNS)), [])
    if not found:
        raise ModelError(
            f"{folder}: there are no weights here: no *.safetensors and no pytorch_model*.bin",
            hint="give the folder of a whole checkpoint",
        )
    kind = found[0].suffix
    for index in folder.glob(f"*{kind}.index.json"):
        named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if absent := sorted(named - {file.name for file in found}):
            raise ModelError(
                f"{folder}: {', '.join(absent)} of {index.name} is not here",
                hint="fetch the whole checkpoint",
            )
    return found


def shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor in ``file``, without reading the tensors."""
    if file.suffix == ".safetensors":
        with _safe(file) as stored:
            keys = stored.keys()
            return {key: tuple(stored.get_slice(key).get_shape()) for key in keys}
    return {key: tuple(tensor.shape) for key, tensor in _torch(file, "meta").items()}


def tensors(file: Path) -> Iterator[tuple[str, Any]]:
    """Yield every tensor of ``file`` by name; no more than one file is held in memory."""
    if file.suffix == ".safetensors":
        with _safe(file) as stored:
            for key in stored.keys():  # noqa: SIM118 - no dict
                yield key, stored.get_tensor(key)
    else:
        yield from _torch(file, "cpu").items()


def _safe(file: Path) -> Any:
    return extras.load("safetensors", needed_for=_PURPOSE).safe_open(file, framework="pt")


def _torch(file: Path, device: str) -> dict[str, Any]:
    torch = extras.load("torch", needed_for=_PURPOSE)
    try:
        # Tensors and nothing else: such a file could hold a program.
        loaded: dict[str, Any] = torch.load(
            file, map_location=device, weights_only=True, mmap=True
        )
    except (RuntimeError, OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"{file}: not a file of weights that can be read", hint="fetch it anew"
        ) from error
    return loaded
