"""Where an assistant runs: ``domainkit.toml``, then ``DOMAINKIT_*`` variables, then flags.

What the assistant *is* stands in its ``domain.yaml``; see ``domainkit.packs``. Variables name
nested settings with two underscores: ``DOMAINKIT_GENERATION__ENGINE=extractive``. A relative path
counts from the file that holds it, or from the working folder.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from domainkit.errors import SettingsError
from domainkit.registry import nearest as closest

FILE = "domainkit.toml"
Tier = Literal["extractive", "embedded", "cpu", "gpu", "cluster"]
UserPath = Annotated[Path, AfterValidator(Path.expanduser)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GenerationSettings(_Strict):
    """Which engine writes, with which model, from how many tokens of prompt at most.

    The engine ``chat`` asks the server at ``url`` (ending in /v1), which is given ``key``, waits
    ``seconds`` for it at most, and believes that its model reads ``context`` tokens.

    With ``condense = "model"`` what writes also puts a follow-up question so that it stands alone.
    """

    engine: str = "auto"
    model: str = ""
    url: str = Field(default="", pattern=r"^$|^https?://\S+$")
    key: SecretStr = SecretStr("")
    seconds: float = Field(default=60.0, gt=0, le=3600)
    context: int = Field(default=8192, ge=256, le=10_000_000)
    adapter: str = ""
    max_tokens: int = Field(default=160, ge=1, le=8192)
    prompt_tokens: int = Field(default=1024, ge=256, le=1_000_000)
    threads: int = Field(default=0, ge=0, le=1024)
    condense: Literal["rules", "model"] = "rules"


class ChromaServer(_Strict):
    """A Chroma server: its address, a collection of its own for this assistant, and a token.

    An authority of one's own behind https is named by the variable SSL_CERT_FILE.
    """

    url: str = Field(default="", pattern=r"^$|^https?://[^/\s]+/?$")
    collection: str = Field(
        default="", pattern=r"^$|^[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]$"
    )
    token: SecretStr = SecretStr("")
    header: Literal["Authorization", "X-Chroma-Token"] = "Authorization"


class IngestionSettings(_Strict):
    """How many files are read at once, and how much the reading of one may take.

    No ``workers`` means as many as the machine has cores, at most four. ``seconds`` may pass until
    a page, a picture or a record is done. ``docs/ingestion.md`` says what chose the numbers.
    """

    workers: int = Field(default=0, ge=0, le=64)
    seconds: int = Field(default=180, ge=1, le=86_400)
    memory_mib: int = Field(default=3072, ge=256, le=1 << 20)
    expanded_mib: int = Field(default=1024, ge=1, le=1 << 20)
    pages: int = Field(default=20_000, ge=1, le=10_000_000)


class RetrievalSettings(_Strict):
    """Which vector index holds which embedder's vectors, and which model reads both texts.

    ``reranker`` is a cross-encoder of the catalogue, in place of the pack's ranker.
    """

    vectors: Literal["faiss", "chroma", "chroma-server", "none"] = "faiss"
    embedder: str = ""
    reranker: str = ""
    chroma: ChromaServer = ChromaServer()


class ModelSettings(_Strict):
    """Where model files are kept, and a folder to take them from first."""

    cache: UserPath | None = None
    folder: UserPath | None = None


class ServerSettings(_Strict):
    """Where the REST endpoint listens, how many questions it takes at once, how many may wait."""

    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)
    running: int = Field(default=4, ge=1, le=32)
    waiting: int = Field(default=4, ge=0, le=256)


class Settings(_Strict):
    """Everything about where an assistant runs. Empty names leave the choice to the pack."""

    tier: Tier = "embedded"
    generation: GenerationSettings = GenerationSettings()
    ingestion: IngestionSettings = IngestionSettings()
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
    place = folder / FILE if folder else None
    values: dict[str, Any] = _read(place) if place and place.is_file() else {}
    origins: dict[str, str] = {}
    for variable, value in (environ if environ is not None else os.environ).items():
        if path := _variable_path(variable):
            _set(values, path, value, variable)
            origins[".".join(path)] = variable
    for key, value in (overrides or {}).items():
        if value is not None:
            _set(values, key.split("."), value, key)
            origins[key] = f"the flag for {key}"
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        inside = (origins[set_] for set_ in origins if f"{set_}.".startswith(f"{key}."))
        where = next(inside, f"{place or FILE}:{key}")
        raise SettingsError(f"{where}: {first['msg']}", hint=_advice(key, where)) from error


def nearest(start: Path) -> Path | None:
    """Return the nearest folder, from ``start`` upward, that holds ``domainkit.toml``."""
    here = start.resolve()
    return next((f for f in (here, *here.parents) if (f / FILE).is_file()), None)


def _advice(key: str, where: str) -> str:
    """Return the nearest settings where ``key`` is none; else where to correct it."""
    *tables, last = key.split(".")
    table: Any = Settings
    for name in tables:
        field = table.model_fields.get(name)
        table = field.annotation if field else None
    known = getattr(table, "model_fields", {})
    return f"correct {where}" if not known or last in known else closest(last, list(known))


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", hint="correct the TOML on that line") from error
    models = values.get("models")
    if isinstance(models, dict):
        for key in ("cache", "folder"):
            if isinstance(models.get(key), str):
                models[key] = str(path.parent / Path(models[key]).expanduser())
    return values


def _variable_path(variable: str) -> list[str]:
    """Return the setting a variable names; empty for variables that are not settings."""
    if not variable.startswith("DOMAINKIT_"):
        return []
    path = variable.removeprefix("DOMAINKIT_").lower().split("__")
    return path if path == ["tier"] or len(path) > 1 else []


def _set(values: dict[str, Any], path: list[str], value: Any, where: str) -> None:
    for key in path[:-1]:
        child = values.setdefault(key, {})
        if not isinstance(child, dict):
            raise SettingsError(
                f"{where} is a setting of [{key}], but {FILE} has {key} = {child!r}",
                hint=f"make it a table: [{key}]",
            )
        values = child
    values[path[-1]] = value
