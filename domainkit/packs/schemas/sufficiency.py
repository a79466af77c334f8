"""``sufficiency.yaml``: how a pack tells whether what was found suffices to answer.

The file is written by ``domainkit bench sufficiency --write``, never by hand; an assistant may
change a threshold in its own ``sufficiency.yaml``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from domainkit.packs.schemas.base import Strict

# What was searched: words alone, or words and vectors. Their scores mean different things, in
# each language.
Searched = Literal["en-words", "en-vectors", "zh-words", "zh-vectors"]
Share = Annotated[float, Field(ge=0, le=1)]


class Fitted(Strict):
    """A logistic model, and the least probability that answers.

    ``sufficiency = 1 / (1 + exp(-(intercept + Σ weight · feature)))`` over the features of
    ``domainkit.guards.evidence`` and products of them ("coverage*rarity"). The default serves a
    pack for which nothing was fitted.
    """

    intercept: float = -4.0
    weights: dict[str, float] = Field(default_factory=lambda: {"coverage": 5.0, "score": 3.0})
    threshold: Share = 0.5


class Sufficiency(Strict):
    """The fitted models by what was searched, how they were made and how well they tell."""

    made: dict[str, str] = Field(default_factory=dict)
    models: dict[Searched, Fitted] = Field(default_factory=dict)
    report: tuple[dict[str, Any], ...] = ()

    def model(self, language: str, *, vectors: bool) -> Fitted:
        """Return the model for what was searched, else that of words alone, else the default."""
        spoken: Literal["en", "zh"] = "zh" if language == "zh" else "en"
        words: Searched = "zh-words" if spoken == "zh" else "en-words"
        both: Searched = "zh-vectors" if spoken == "zh" else "en-vectors"
        found = self.models.get(both) if vectors else None
        return found or self.models.get(words) or Fitted()
