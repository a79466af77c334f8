"""The tuned adapters of an assistant: one folder each, with the record of how it came to be.

``adapters/<name>/`` holds ``adapter_model.safetensors`` and ``adapter_config.json`` as PEFT writes
them, ``manifest.json`` for programs and ``README.md``, the card, for people. A folder appears
whole or not at all: it is written under a name that begins with a dot, then renamed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from domainkit.errors import ModelError, UnknownComponent
from domainkit.models import cache
from domainkit.packs.schemas.base import Strict
from domainkit.registry import nearest

MANIFEST = "manifest.json"
CARD = "README.md"
WEIGHTS = "adapter_model.safetensors"

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class TunedBase(Strict):
    """The base an adapter was tuned on and fits; ``chat`` hashes its chat template."""

    name: str
    fingerprint: str
    chat: str
    licence: str


class TunedPack(Strict):
    """The pack it was tuned for; ``prompt`` hashes the words of its prompts and the composer."""

    name: str
    version: str
    fingerprint: str
    prompt: str


class TunedRows(Strict):
    """What it was tuned on: ``licences`` and ``origins`` count rows, ``sha256`` is of them all.

    ``imported`` are the SHA-256 of the published files that rows came from, by name.
    """

    sha256: str
    answers: int
    refusals: int
    licences: dict[str, int]
    origins: dict[str, int]
    imported: dict[str, str] = Field(default_factory=dict)


class Canary(Strict):
    """Mean log-probability of a trained token of the adapter's own rows, without it and with it.

    Natural logarithm; the loss is its negative. An adapter that moves nothing is not active.
    """

    rows: int
    before: float
    after: float


class Manifest(Strict):
    """How an adapter came to be.

    ``weights`` is the SHA-256 of its safetensors file, ``recipe_given`` the recipe's name or file
    as the command line gave it, ``losses`` the mean loss of each step, ``tokens`` the trained
    tokens of all rows, ``seconds`` the time of all steps.
    """

    schema_number: Literal[1] = Field(alias="schema")
    name: str = Field(pattern=f"^{NAME.pattern}$")
    created: datetime
    weights: str
    recipe_given: str
    recipe: dict[str, Any]
    base: TunedBase
    pack: TunedPack
    rows: TunedRows
    losses: tuple[float, ...]
    tokens: int
    seconds: float
    canary: Canary
    machine: str
    libraries: dict[str, str]

    @property
    def command(self) -> str:
        """The command that makes an adapter like this one anew."""
        return f"domainkit train --recipe {self.recipe_given}"


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter on disk and its record."""

    folder: Path
    manifest: Manifest

    def check_whole(self) -> None:
        """Check that the weights are those the record speaks of.

        Raises:
            ModelError: when they are not.
        """
        weights = self.folder / WEIGHTS
        if not weights.is_file() or cache.sha256(weights) != self.manifest.weights:
            raise ModelError(
                f"{self.folder}: adapter '{self.manifest.name}' is damaged: {WEIGHTS} has changed",
                hint=self.manifest.command,
            )

    def check(self, *, base: str, chat: str, prompt: str | None = None) -> None:
        """Check that the adapter fits what it would be used with.

        Args:
            base: the fingerprint of the base model.
            chat: the hash of the base's chat template.
            prompt: the hash of the pack's prompts; None leaves them unchecked.

        Raises:
            ModelError: naming what differs; the hint is the command that tunes it anew.
        """
        self.check_whole()
        tuned = self.manifest
        place = f"{self.folder}: adapter '{tuned.name}'"
        if tuned.base.fingerprint != base:
            raise ModelError(
                f"{place} was tuned on another base ({tuned.base.name}, "
                f"{tuned.base.fingerprint[:12]}) than the one in use ({base[:12]})",
                hint=f"use that base (generation.model in domainkit.toml), or: {tuned.command}",
            )
        if tuned.base.chat != chat:
            raise ModelError(
                f"{place} was tuned with another chat template than the model now has",
                hint=tuned.command,
            )
        if prompt is not None and tuned.pack.prompt != prompt:
            raise ModelError(
                f"{place} was tuned with other prompts than those of the pack "
                f"'{tuned.pack.name}' as it is now",
                hint=tuned.command,
            )


class Adapters:
    """The adapters in a folder, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Return the names of all adapters, sorted."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(p.name for p in found if NAME.fullmatch(p.name) and p.is_dir())

    def get(self, name: str) -> Adapter:
        """Return the adapter called ``name``.

        Raises:
            UnknownComponent: when there is none.
            ModelError: when its manifest cannot be read.
        """
        if name not in self.names():
            raise UnknownComponent(
                f"the assistant has no adapter called '{name}'",
                hint=nearest(name, self.names()) if self.names() else "domainkit train",
            )
        folder = self.folder / name
        try:
            text = (folder / MANIFEST).read_text(encoding="utf-8")
            return Adapter(folder, Manifest.model_validate_json(text))
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{folder / MANIFEST}: {_first(error)}",
                hint=f"the adapter is damaged: remove {folder} and run domainkit train",
            ) from error

    def all(self) -> list[Adapter]:
        """Return every adapter, newest first.

        Raises:
            ModelError: when a manifest cannot be read.
        """
        found = [self.get(name) for name in self.names()]
        return sorted(found, key=lambda adapter: adapter.manifest.created, reverse=True)


def fitting(
    adapters: Adapters | None, name: str, *, engine: str, base: str, chat: str, prompt: str | None
) -> Adapter:
    """Return the adapter ``name``, checked to fit what ``engine`` runs; see ``Adapter.check``.

    Raises:
        UnknownComponent: when there is none, or the engine was opened without adapters.
        ModelError: when it does not fit.
    """
    if adapters is None:
        raise UnknownComponent(
            f"{engine} was opened without adapters, so there is none called '{name}'",
            hint="domainkit ask --adapter, in the assistant's folder",
        )
    adapter = adapters.get(name)
    _check_served(adapter, engine)
    adapter.check(base=base, chat=chat, prompt=prompt)
    return adapter


# Methods whose weights only PEFT can apply, and those that need more than an engine here gives.
_PEFT_ALONE = ("dora", "ia3")
_UNSERVED = ("p-tuning-v2", "llama-adapter")


def _check_served(adapter: Adapter, engine: str) -> None:
    """Check that ``engine`` can apply what the adapter's method trained.

    Raises:
        ModelError: when it cannot: it would answer as the base does, and not say so.
    """
    method = str(adapter.manifest.recipe.get("method", {}).get("name", "lora"))
    peft = engine.startswith("peft")
    if method in _UNSERVED or (method in _PEFT_ALONE and not peft):
        raise ModelError(
            f"{adapter.folder}: {engine} cannot apply an adapter of the method {method}",
            hint='generation.engine = "peft"' if method in _PEFT_ALONE else "tune a LoRA instead",
        )


def _first(error: OSError | ValueError) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
    return str(error)
