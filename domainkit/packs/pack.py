"""A pack that has been read, checked and resolved along its chain of parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from domainkit.errors import PackError
from domainkit.packs.schemas.authorities import Authority
from domainkit.packs.schemas.guards import NO_ANSWER, Grounding
from domainkit.packs.schemas.manifest import Manifest
from domainkit.packs.schemas.ranker import Ranker
from domainkit.packs.schemas.sufficiency import Sufficiency
from domainkit.packs.schemas.works import Work

PromptName = Literal["system", "answer", "refuse", "condense"]


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that makes an assistant of a domain.

    ``folders`` holds the pack's own folder, then its parents', nearest first. ``prompts`` is keyed
    ``name.language``. ``guards`` maps guard names to checked options (``schemas.guards``).
    ``origins`` says which pack set each dotted key; keys of other files than the manifest begin
    with the file's name (``guards.injection.text.en``, ``prompts.answer.en``). ``fingerprint`` is
    the SHA-256 of all of it and of the knowledge it brings.
    """

    name: str
    folders: tuple[Path, ...]
    manifest: Manifest
    prompts: Mapping[str, str]
    guards: Mapping[str, Any]
    glossary: Mapping[str, tuple[str, ...]]
    origins: Mapping[str, str]
    fingerprint: str
    authorities: Mapping[str, Authority] = field(default_factory=dict)
    works: Mapping[str, Work] = field(default_factory=dict)
    sufficiency: Sufficiency = field(default_factory=Sufficiency)
    ranker: Ranker = field(default_factory=Ranker)

    @property
    def folder(self) -> Path:
        """The pack's own folder."""
        return self.folders[0]

    def prompt(self, name: PromptName, language: str) -> str:
        """Return a prompt in ``language``, or in the pack's first language.

        Raises:
            PackError: when the pack has neither.
        """
        for candidate in (language, *self.manifest.languages, "en"):
            if text := self.prompts.get(f"{name}.{candidate}"):
                return text
        raise PackError(
            f"{self.folder}: prompts/{name}.{language}.md is missing",
            hint=f"write it, or run: domainkit pack check {self.name}",
        )

    def no_answer(self, language: str) -> str:
        """Return the sentence a generator is asked to write when the sources do not say.

        It is part of the prompt, of the training rows and of what tells an abstention.
        """
        grounding: Grounding | None = self.guards.get("grounding")
        texts = {**NO_ANSWER, **(grounding.no_answer if grounding else {})}
        return texts["zh" if language == "zh" else "en"]

    def find(self, relative: str) -> Path | None:
        """Return the nearest file or folder of that name along the chain; None if none has it."""
        return find(self.folders, relative)


def find(folders: Sequence[Path], relative: str) -> Path | None:
    """Return ``relative`` in the first of ``folders`` that has it; None if none has.

    A path that leaves its folder, by ``..`` or by a link, is not found there.
    """
    for folder in folders:
        path = folder / relative
        if path.exists() and path.resolve().is_relative_to(folder.resolve()):
            return path
    return None
