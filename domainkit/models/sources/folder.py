"""Takes a model from a folder on this machine: a download, a stick, a share."""

from __future__ import annotations

import shutil
from pathlib import Path

from domainkit.errors import ModelError
from domainkit.models.catalog import Model
from domainkit.models.sources import Advance


def take(model: Model, folder: Path, into: Path, *, advance: Advance) -> None:
    """Copy the artefacts of ``model`` from ``folder``, or from a folder of its name in there.

    Raises:
        ModelError: when neither holds them all; the message names the first that is missing.
    """
    place = _holder(model, folder)
    done = 0
    for artefact in model.artefacts:
        target = into / artefact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / artefact.path, target)
        done += artefact.size
        advance(done)


def _holder(model: Model, folder: Path) -> Path:
    candidates = (folder / model.name, folder)
    for place in candidates:
        if all((place / artefact.path).is_file() for artefact in model.artefacts):
            return place
    started = next((c for c in candidates if (c / model.artefacts[0].path).is_file()), folder)
    lacking = next(a.path for a in model.artefacts if not (started / a.path).is_file())
    raise ModelError(f"{started} has no {lacking}")
