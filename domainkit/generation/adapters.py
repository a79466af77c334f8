"""The adapters an assistant can answer with: those it tuned, and those its packs bring.

A folder each holds ``adapter_model.safetensors`` and ``adapter_config.json`` as PEFT writes them,
``manifest.json`` for programs and ``README.md``, the card, for people. Own ones stand in
``adapters/<name>/`` and appear whole or not at all: each is written under a name that begins with
a dot, then renamed. A pack's stand in its ``adapters/<base>/``, which nothing is written to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from domainkit.errors import ModelError, UnknownComponent
from domainkit.models import cache
from domainkit.packs.schemas.adapter import MANIFEST, NAME, WEIGHTS, Manifest
from domainkit.registry import nearest


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter on disk and its record.

    ``pack`` names the pack that brought it, empty for one of the assistant's own. ``beside`` is
    where to keep what is made of a pack's adapter: its forms for engines, a verdict of one's own.
    """

    folder: Path
    manifest: Manifest
    pack: str = ""
    beside: Path | None = None

    @property
    def kept(self) -> Path:
        """Where what is made of it is kept: its own folder, unless a pack brought it."""
        return self.beside or self.folder

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
        if prompt not in {None, tuned.pack.prompt, *tuned.pack.alone.values()}:
            raise ModelError(
                f"{place} was tuned with other prompts than those of the pack "
                f"'{tuned.pack.name}' as it is now",
                hint=tuned.command,
            )


class Adapters:
    """The adapters in a folder and those that packs brought, by name; own ones come first."""

    def __init__(self, folder: Path, brought: Mapping[str, Adapter] | None = None) -> None:
        self.folder = folder
        self._brought = brought or {}

    def names(self) -> list[str]:
        """Return the names of all adapters, sorted."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        own = (p.name for p in found if NAME.fullmatch(p.name) and p.is_dir())
        return sorted({*own, *self._brought})

    def brought(self) -> list[Adapter]:
        """Return those of packs whose name no own one has, the nearest pack's first."""
        return [a for name, a in self._brought.items() if not (self.folder / name).is_dir()]

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
        if name in self._brought and not folder.is_dir():
            return self._brought[name]
        return Adapter(folder, read(folder, mend=f"remove {folder} and run domainkit train"))

    def all(self) -> list[Adapter]:
        """Return every adapter, newest first.

        Raises:
            ModelError: when a manifest cannot be read.
        """
        found = [self.get(name) for name in self.names()]
        return sorted(found, key=lambda adapter: adapter.manifest.created, reverse=True)


def read(folder: Path, *, mend: str) -> Manifest:
    """Return the record of the adapter in ``folder``; ``mend`` says what to do with a damaged one.

    Raises:
        ModelError: when it cannot be read.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder / MANIFEST}: {_first(error)}", hint=f"the adapter is damaged: {mend}"
        ) from error


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
    check_served(adapter, engine)
    adapter.check(base=base, chat=chat, prompt=prompt)
    return adapter


# Methods whose weights only PEFT can apply, and those that need more than an engine here gives.
_PEFT_ALONE = ("dora", "ia3")
_UNSERVED = ("p-tuning-v2", "llama-adapter")


def check_served(adapter: Adapter, engine: str) -> None:
    """Check that ``engine`` can apply what the adapter's method trained.

    Raises:
        ModelError: when it cannot: it would answer as the base does, and not say so.
    """
    method = adapter.manifest.method
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
