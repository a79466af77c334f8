"""What tuning and serving must know of an architecture that its own files do not say.

The table is ``families.yaml``, which explains its keys. One table serves the trainer, the export
to GGUF, the engines and the import of older checkpoints.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domainkit.errors import ModelError
from domainkit.registry import nearest
from domainkit.text.plain_yaml import parsed

Rows = Literal["halves", "groups"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gguf(_Strict):
    """How a GGUF has the architecture; ``rows`` are the layers with rows in another order."""

    architecture: str
    rows: Mapping[str, Rows] = Field(default_factory=dict)


class Refused(_Strict):
    """A ``key`` of config.json that makes a model one that cannot be used, and the reason."""

    key: str
    why: str
    hint: str


class Family(_Strict):
    """An architecture: where LoRA goes, what ends an answer, how a GGUF has it, what is limited.

    ``gguf`` is None where llama.cpp does not run it; ``imported_as`` is the native architecture
    that ``domainkit models import`` makes of it.
    """

    name: str
    title: str
    model: Literal["causal", "seq2seq"] = "causal"
    targets: tuple[str, ...] = Field(min_length=1)
    ends: tuple[str, ...] = Field(min_length=1)
    chat: Literal["own", "plain"]
    begins: str = ""
    gguf: Gguf | None = None
    imported_as: str | None = None
    opened_with: Mapping[str, int] = Field(default_factory=dict)
    tiny: Mapping[str, bool | int | float] = Field(default_factory=dict)
    refused: Refused | None = None
    limits: str = ""
    source: str

    @property
    def template(self) -> str | None:
        """The chat template that stands in where a model has none; None where each has its own."""
        if self.chat == "own":
            return None
        text = Path(__file__).with_name("chat_plain.jinja").read_text(encoding="utf-8")
        return text.replace("{{- begins -}}", "{{- " + json.dumps(self.begins) + " -}}")


class _Table(_Strict):
    schema_number: int = Field(alias="schema", ge=1, le=1)
    families: dict[str, Family]


@lru_cache(maxsize=1)
def families() -> Mapping[str, Family]:
    """Return every family by the ``model_type`` of its config.json, in the order of the table."""
    text = Path(__file__).with_name("families.yaml").read_text(encoding="utf-8")
    raw = parsed(text)
    raw["families"] = {name: {"name": name, **row} for name, row in raw["families"].items()}
    return MappingProxyType(_Table.model_validate(raw).families)


def find(architecture: str) -> Family:
    """Return what is known of the ``model_type`` ``architecture``.

    Raises:
        ModelError: when nothing is; the hint names the nearest.
    """
    if architecture in families():
        return families()[architecture]
    raise ModelError(
        f"the architecture '{architecture}' has no LoRA targets here",
        hint=nearest(architecture, sorted(families())),
    )


def of(config: Mapping[str, Any]) -> Family:
    """Return the family of a model from its ``config.json``.

    Raises:
        ModelError: for an architecture that is not known, for a model of one that cannot be used,
            and for one that must be imported first.
    """
    family = find(str(config.get("model_type", "")))
    if family.refused and family.refused.key in config:
        raise ModelError(
            f"the model cannot be tuned or served: it {family.refused.why}",
            hint=family.refused.hint,
        )
    if family.imported_as:
        raise ModelError(
            f"a model of the architecture '{family.name}' runs only once it is imported: its own "
            "code does not run on transformers 5",
            hint="domainkit models import DIR --to FOLDER",
        )
    return family


def of_gguf(architecture: str) -> Family | None:
    """Return the family that a GGUF of ``architecture`` holds; None when none is known."""
    found = (f for f in families().values() if f.gguf and f.gguf.architecture == architecture)
    return next(found, None)
