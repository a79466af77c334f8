"""Which version of a model a folder holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

from domainkit.errors import ModelError

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def named(folder: Path, name: str, revision: str) -> str:
    """Return ``name@revision``; without a revision, the first digits of the weights' SHA-256.

    It says nothing of what runs the model: vectors of the same weights belong together.

    Raises:
        ModelError: when no revision is given and the folder holds no weights.
    """
    return f"{name}@{revision or _digest(folder)}"


def _digest(folder: Path) -> str:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:12]
    raise ModelError(
        f"{folder} holds no model weights ({' or '.join(_WEIGHTS)})",
        hint="name a folder that sentence-transformers saved, or: domainkit models list",
    )
