"""Embedders an owner has tuned: folders of the assistant's own, and the one that is in use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domainkit.errors import ModelError

CARD = "tuned.json"
_ACTIVE = "active"


def card(folder: Path) -> Mapping[str, Any]:
    """Return what the tuned embedder in ``folder`` says of itself.

    Raises:
        ModelError: when it says nothing that can be read.
    """
    path = folder / CARD
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path}: no tuned embedder can be read here: {error}",
            hint="tune one: domainkit train retriever",
        ) from error
    return content


def active(embedders: Path) -> Path | None:
    """Return the folder of the embedder in use; None where none was promoted."""
    try:
        name = (embedders / _ACTIVE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return embedders / name


def promote(embedders: Path, name: str) -> None:
    """Have the embedder ``name`` used from now on; an empty name goes back to the settings'."""
    place = embedders / _ACTIVE
    if not name:
        place.unlink(missing_ok=True)
        return
    card(embedders / name)
    partial = place.with_suffix(".partial")
    partial.write_text(f"{name}\n", encoding="utf-8")
    partial.replace(place)
