"""Says where an assistant's models are, which engine runs each, and how on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domainkit.errors import ModelError
from domainkit.generation import gguf, header
from domainkit.generation.engine_options import Found, remembered
from domainkit.models import cache
from domainkit.packs.pack import Pack
from domainkit.settings import Settings


def suggested(pack: Pack, settings: Settings, kind: str, language: str) -> str:
    """Return the model the pack suggests for the settings' tier; empty when it suggests none."""
    tier = pack.manifest.models.get(settings.tier)
    names: dict[str, str] = getattr(tier, kind) if tier else {}
    return names.get(language, "")


def located(settings: Settings, name: str) -> Path:
    """Return the model ``name`` on this machine: of the catalogue, or a file or folder.

    Raises:
        ModelError: when it is not here.
    """
    if not is_path(name):
        return cache.path(name, cache=settings.models.cache)
    place = Path(name).expanduser()
    if not place.exists():
        raise ModelError(
            f"{place}: there is no model here", hint="correct generation.model in domainkit.toml"
        )
    return place


def quickest(path: Path, settings: Settings) -> str:
    """Return the engine for a model where the settings name none: OpenVINO reads a GGUF alone.

    What ``domainkit doctor --tune`` found on this machine comes first.
    """
    if path.is_dir():
        return "peft"
    return found.engine if (found := measured(path, settings)) else "openvino"


def suited(engine: str, path: Path, settings: Settings) -> dict[str, Any]:
    """Return how ``engine`` best runs the model at ``path``, as it takes it; empty if unknown."""
    found = measured(path, settings) if engine in ("openvino", "llamacpp") else None
    return {"options": getattr(found, engine)} if found else {}


def measured(path: Path, settings: Settings) -> Found | None:
    """Return what ``domainkit doctor --tune`` found for the model at ``path``, if it did."""
    if not gguf.is_gguf(path):
        return None
    return remembered(header.read(path).digest, cache=machine_folder(settings))


def machine_folder(settings: Settings) -> Path:
    """Return where it is remembered how this machine best runs a model."""
    return settings.models.cache or cache.default_cache()


def is_path(name: str) -> bool:
    """Return whether a model is named by its place."""
    return "/" in name or name.endswith(".gguf")


def models(settings: Settings, pack: Pack) -> dict[str, Path]:
    """Return the GGUF models that write in each of the pack's languages and are here, by name."""
    found = {}
    for language in pack.manifest.languages:
        name = settings.generation.model or suggested(pack, settings, "generator", language)
        if name and (path := _here(settings, name)):
            found[name] = path
    return found


def _here(settings: Settings, name: str) -> Path | None:
    try:
        path = located(settings, name)
    except ModelError:
        return None
    return path if gguf.is_gguf(path) else None
