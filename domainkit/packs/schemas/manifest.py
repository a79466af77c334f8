"""``domain.yaml``: what an assistant is."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Format, InnerPath, Language, Strict
from domainkit.settings import Tier

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]


class Scope(Strict):
    """What the assistant answers, what it leaves to others, and for whom."""

    inside: tuple[str, ...] = Field(default=(), alias="in")
    outside: tuple[str, ...] = Field(default=(), alias="out")
    audience: str = ""


class Knowledge(Strict):
    """One file or folder of the pack's own corpus; its licence stands in ``SOURCES.yaml``."""

    path: InnerPath
    profile: str | None = None


class Retrieval(Strict):
    """Retrieval numbers, by default those of ``docs/decisions/fusion.md``.

    The fused score is made of the vectors' share, the share of the question's terms that a
    passage holds, and for the rest BM25. A term in the title counts ``title_boost`` times more,
    and a passage gains ``neighbour_weight`` times the BM25 score of the better passage beside it.
    ``ranks`` are how the authorities of documents begin, the highest first: of passages with
    scores that are alike, that of the higher rank comes first.
    Rows of tables are lifted towards 1 by ``table_weight`` of what they name of the question
    (``docs/decisions/tables.md``).
    Each source of an answer brings ``grow`` passages of its section along on each side.
    ``rerank`` lets the pack's ranker, else the engine's, order the best of a hybrid search.
    ``telling`` orders the best by what tells the thing asked for (``docs/decisions/telling.md``).
    ``days`` lets a question say itself for which day it is asked: "in 2021", 2022年修订前.
    """

    k: int = Field(default=5, ge=1, le=50)
    candidates: int = Field(default=100, ge=10, le=1000)
    dense_weight: Share = 0.4
    coverage_weight: Share = 0.2
    title_boost: float = Field(default=1.0, ge=0, le=10)
    neighbour_weight: Share = 0.0
    table_weight: Share = 0.9
    ranks: tuple[str, ...] = ()
    grow: int = Field(default=0, ge=0, le=5)
    rerank: bool = False
    telling: bool = False
    days: bool = False

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.dense_weight + self.coverage_weight > 1:
            raise ValueError("dense_weight and coverage_weight together exceed 1")
        return self


class TierModels(Strict):
    """The generator and embedder suggested for a tier, by language; absent means none."""

    generator: dict[Language, str] = Field(default_factory=dict)
    embedder: dict[Language, str] = Field(default_factory=dict)


class Manifest(Strict):
    """The whole of ``domain.yaml`` after inheritance."""

    schema_number: Format = Field(alias="schema")
    name: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: str
    extends: str | None = None
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    jurisdictions: tuple[str, ...] = ()
    scope: Scope = Scope()
    knowledge: dict[str, Knowledge] = Field(default_factory=dict)
    profiles: dict[str, str] = Field(
        default_factory=dict
    )  # folder or file pattern below documents/ -> reading profile
    retrieval: Retrieval = Retrieval()
    models: dict[Tier, TierModels] = Field(default_factory=dict)
