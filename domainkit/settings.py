"""Where an assistant runs: ``domainkit.toml``, then ``DOMAINKIT_*`` variables, then flags.

What the assistant *is* stands in its ``domain.yaml``; see ``domainkit.packs``. Variables name
nested settings with two underscores: ``DOMAINKIT_GENERATION__ENGINE=extractive``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domainkit.errors import SettingsError

FILE = "domainkit.toml"
Tier = Literal["extractive", "embedded", "cpu", "gpu", "cluster"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GenerationSettings(_Strict):
    """Which engine writes, with which model, from how many tokens of prompt at most."""

    engine: str = "auto"
    model: str = ""
    adapter: str = ""
    max_tokens: int = Field(default=160, ge=1, le=8192)
    prompt_tokens: int = Field(default=1024, ge=256, le=1_000_000)
    threads: int = Field(default=0, ge=0, le=1024)


class RetrievalSettings(_Strict):
    """Which vector index holds which embedder's vectors."""

    vectors: Literal["faiss", "chroma", "none"] = "faiss"
    embedder: str = ""


class ModelSettings(_Strict):
    """Where model files are kept, and a folder to take them from first."""

    cache: Path | None = None
    folder: Path | None = None


class ServerSettings(_Strict):
    """Where the REST endpoint listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)


class Settings(_Strict):
    """Everything about where an assistant runs. Empty names leave the choice to the pack."""

    tier: Tier = "embedded"
    generation: GenerationSettings = GenerationSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    models: ModelSettings = ModelSettings()
    server: ServerSettings = ServerSettings()


def load(
    folder: Path | None = None,
    *,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings of the assistant in ``folder``.

    Args:
        folder: the assistant's folder; None reads no file.
        overrides: flags, as ``{"generation.engine": "extractive"}``; None values are skipped.
        environ: the environment to read; the process's own by default.

    Raises:
        SettingsError: naming the file or variable and the key that is wrong.
    """
    place = folder / FILE if folder else Path(FILE)
    values: dict[str, Any] = _read(place) if folder and place.is_file() else {}
    for variable, value in (environ if environ is not None else os.environ).items():
        path = _variable_path(variable)
        if path:
            _set(values, path, value)
    for key, value in (overrides or {}).items():
        if value is not None:
            _set(values, key.split("."), value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"{place}:{key}: {first['msg']}",
            hint=f"correct '{key}' in {place.name}, or the variable or flag that sets it",
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", hint="correct the TOML on that line") from error


def _variable_path(variable: str) -> list[str]:
    """Return the setting a variable names; empty for variables that are not settings."""
    if not variable.startswith("DOMAINKIT_"):
        return []
    path = variable.removeprefix("DOMAINKIT_").lower().split("__")
    return path if path == ["tier"] or len(path) > 1 else []


def _set(values: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        child = values.setdefault(key, {})
        if not isinstance(child, dict):
            raise SettingsError(f"{FILE}:{key}: expected a table", hint=f"write [{key}]")
        values = child
    values[path[-1]] = value
