"""Where fetched models are kept: ``<cache>/<name>/`` with the files and a ``manifest.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import platformdirs

from domainkit import settings
from domainkit.errors import ModelError
from domainkit.models import catalog
from domainkit.models.catalog import Artefact, Model

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


def default_cache() -> Path:
    """Return the folder of fetched models: ``DOMAINKIT_MODELS__CACHE``, else the user's cache."""
    return settings.load().models.cache or platformdirs.user_cache_path("domainkit") / "models"


def path(name: str, *, cache: Path | None = None) -> Path:
    """Return what an engine opens: the file of a GGUF model, the folder of any other.

    Args:
        name: a name of the catalogue.
        cache: where models are kept; the default cache if None.

    Raises:
        ModelError: when the model is not fetched, or files of it are missing or cut short. Hashes
            are not computed here; ``verify`` does that.
        UnknownComponent: when the catalogue has no such model.
    """
    model, root = catalog.find(name), cache or default_cache()
    hint = f"domainkit models fetch {name}"
    if not (root / name / MANIFEST).is_file():
        raise ModelError(f"the model {name} is not fetched", hint=hint)
    if wrong := problems(model, root, hashes=False):
        raise ModelError(f"the model {name} is damaged: {wrong[0]}", hint=hint)
    return opened(model, root)


def opened(model: Model, cache: Path) -> Path:
    """Return where an engine opens ``model`` below ``cache``, whether it is there or not."""
    folder = cache / model.name
    return folder / model.artefacts[0].path if model.format == "gguf" else folder


def fetched(name: str, *, cache: Path) -> bool:
    """Return whether the model is in the cache, every file at its full size."""
    whole = (cache / name / MANIFEST).is_file()
    return whole and not problems(catalog.find(name), cache, hashes=False)


def verify(name: str, *, cache: Path | None = None) -> tuple[str, ...]:
    """Return what is wrong with a fetched model, by size and hash; empty when nothing is.

    Raises:
        ModelError: when the model is not fetched.
        UnknownComponent: when the catalogue has no such model.
    """
    model, root = catalog.find(name), cache or default_cache()
    if not (root / name).is_dir():
        raise ModelError(f"the model {name} is not fetched", hint=f"domainkit models fetch {name}")
    return problems(model, root)


def manifest(name: str, *, cache: Path) -> Mapping[str, Any]:
    """Return how a model came here (``source``, ``fetched``, ``artefacts``); empty if it did not.

    Raises:
        ModelError: when the manifest cannot be read.
    """
    place = cache / name / MANIFEST
    try:
        return MappingProxyType(json.loads(place.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return MappingProxyType({})
    except ValueError as error:
        raise ModelError(f"{place}: {error}", hint=f"domainkit models fetch {name}") from error


def problems(model: Model, root: Path, *, hashes: bool = True) -> tuple[str, ...]:
    """Return what sets the files below ``root/<name>`` apart from the catalogue, one line each."""
    found = (_problem(root / model.name, artefact, hashes) for artefact in model.artefacts)
    return tuple(line for line in found if line)


def _problem(folder: Path, artefact: Artefact, hashes: bool) -> str:
    place = folder / artefact.path
    if not place.is_file():
        return f"{artefact.path} is missing"
    size = place.stat().st_size
    if size != artefact.size:
        return f"{artefact.path} has {size:,} of {artefact.size:,} bytes"
    if hashes and (found := sha256(place)) != artefact.sha256:
        return f"{artefact.path} has sha256 {found[:12]}…, not {artefact.sha256[:12]}…"
    return ""


def sha256(file: Path) -> str:
    """Return the SHA-256 of ``file`` in hexadecimal, read block by block."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
