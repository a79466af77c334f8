"""The record of an adapter and the gate's verdict on it: JSON beside its weights."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from domainkit.packs.schemas.base import Format, Strict

MANIFEST = "manifest.json"
CARD = "README.md"
WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
PLOT = "losses.svg"
VERDICT = "gate.json"
PAGE = "gate.md"

DIGITS = 5  # of a loss on record

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class TunedBase(Strict):
    """The base an adapter was tuned on and fits; ``chat`` hashes its chat template."""

    name: str
    fingerprint: str
    chat: str
    licence: str


class TunedPack(Strict):
    """The pack it was tuned for; ``prompt`` hashes the words of its prompts and the composer.

    ``alone`` has the hash of each language by itself, for assistants that speak no other.
    """

    name: str
    version: str
    fingerprint: str
    prompt: str
    alone: dict[str, str] = Field(default_factory=dict)


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
    tokens of all rows, ``seconds`` the time of all steps. With ``threads`` (0: not on record) in
    each of ``processes``, the same recipe, rows, base and libraries give the same losses.
    """

    schema_number: Format = Field(alias="schema")
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
    threads: int = 0
    processes: int = 1
    libraries: dict[str, str]

    @property
    def command(self) -> str:
        """The command that makes an adapter like this one anew."""
        return f"domainkit train --recipe {self.recipe_given}"

    @property
    def method(self) -> str:
        """What was trained: the name of the recipe's method."""
        return str(self.recipe.get("method", {}).get("name", "lora"))

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the rows it was tuned on; none where the recipe does not say."""
        data = self.recipe.get("data", ())
        return frozenset(language for one in data for language in one.get("languages", ()))


Area = Literal["domain", "general", "refusals", "safety", "faithfulness"]


class Measured(Strict):
    """One metric of the base and of the candidate over the same questions, with a paired test.

    ``chance`` is how likely so great a difference is by chance; ``low`` and ``high`` are the 95 %
    interval of the difference. ``gained`` says that it is better by more than chance, several
    metrics being tried at once (Holm); ``lost`` that it is worse: by more than the margin, or by
    more than chance.
    """

    area: Area
    metric: str
    before: float
    after: float
    low: float
    high: float
    chance: float
    test: str
    count: int
    gained: bool = False
    lost: bool = False


class Verdict(Strict):
    """What the gate found of the adapter whose weights have the SHA-256 ``weights``.

    ``prompt`` hashes the prompts it was asked by, ``runs`` are the evaluations by role, ``suites``
    the SHA-256 of the questions, ``reasons`` why it was refused: none where it passed.
    """

    schema_number: Format = Field(alias="schema")
    adapter: str
    weights: str
    base: str
    prompt: str
    at: datetime
    command: str
    languages: tuple[str, ...]
    margin: float
    runs: dict[str, str]
    suites: dict[str, str]
    measured: tuple[Measured, ...]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the adapter may answer."""
        return not self.reasons
