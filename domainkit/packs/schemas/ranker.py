"""``ranker.yaml``: how a pack orders the best of what was found.

The weights are written by ``domainkit train ranker``, never by hand. Aspects are knowledge of the
domain, and may be added to.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from domainkit.packs.schemas.base import Language, Strict


class Aspect(Strict):
    """A side of a subject that is asked for: how words begin that ask for it and that tell it."""

    asked: tuple[str, ...] = Field(min_length=1)
    told: tuple[str, ...] = Field(min_length=1)


class Ranker(Strict):
    """A linear model over the features of ``domainkit.retrieval.ranker``; none without weights."""

    made: dict[str, str] = Field(default_factory=dict)
    language: Language = "en"
    weights: dict[str, float] = Field(default_factory=dict)
    aspects: dict[str, Aspect] = Field(default_factory=dict)
    report: tuple[dict[str, Any], ...] = ()
