"""Looks at rows without writing any: what a file would give, whether a built folder is whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from domainkit.errors import TrainingError
from domainkit.packs.leakage import Evaluations
from domainkit.training.data import build as building


def inspect(path: Path) -> dict[str, Any]:
    """Return what would be built of the file ``path`` alone, compared with no evaluation set.

    Raises:
        TrainingError: when it cannot be read or its layout is not known.
    """
    source = building.Source(path, licence="", origin=path.name)
    built = building.build([source], Evaluations(), building.Options())
    return {name: value for name, value in building.summary(built).items() if value}


def verified(folder: Path) -> dict[str, Any]:
    """Return the manifest of a built folder whose files are what it says.

    Raises:
        TrainingError: when there is none, or a file was changed since.
    """
    path = folder / building.MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{path}: there is no manifest here that can be read",
            hint="domainkit train data build FILE… --out DIR",
        ) from error
    for name, digest in manifest["files"].items():
        file = folder / name
        found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no file"
        if found != digest:
            raise TrainingError(
                f"{file}: it is not the file its manifest names: {found[:12]}, not {digest[:12]}",
                hint="build it again, so that the card of what is trained on it is true",
            )
    return manifest
