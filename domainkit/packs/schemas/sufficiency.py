"""``sufficiency.yaml``: how a pack tells whether what was found suffices to answer.

The file is written by ``python benchmarks/sufficiency.py --write``, never by hand; an assistant
may name the risk it accepts, or change a threshold, in its own ``sufficiency.yaml``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Strict

# What was searched: words alone, or words and vectors. Their scores mean different things, in
# each language.
Searched = Literal["en-words", "en-vectors", "zh-words", "zh-vectors"]


def searched(language: str, *, vectors: bool) -> Searched:
    """Return what was searched, for a question in ``language``."""
    if language == "zh":
        return "zh-vectors" if vectors else "zh-words"
    return "en-vectors" if vectors else "en-words"


Share = Annotated[float, Field(ge=0, le=1)]


class Promise(Strict):
    """At ``threshold``, at most the share ``risk`` of questions is answered wrongly.

    Wrongly: though the sources do not suffice. See ``domainkit.evaluation.risk``.
    """

    risk: Annotated[float, Field(gt=0, lt=1)]
    threshold: Share


class Fitted(Strict):
    """A logistic model, the least probability that answers, and what others promise.

    ``sufficiency = 1 / (1 + exp(-(scale · (intercept + Σ weight · feature) + shift)))`` over the
    features of ``domainkit.guards.evidence`` and products of them ("coverage*rarity"). An
    assistant calibrates ``scale`` and ``shift`` (``domainkit bench sufficiency``). The default
    serves a pack for which nothing was fitted.
    """

    intercept: float = -4.0
    weights: dict[str, float] = Field(default_factory=lambda: {"coverage": 5.0, "score": 3.0})
    scale: Annotated[float, Field(gt=0, le=100)] = 1.0
    shift: Annotated[float, Field(ge=-100, le=100)] = 0.0
    threshold: Share = 0.5
    promises: tuple[Promise, ...] = ()

    def within(self, risk: float) -> Self:
        """Return this model with the lowest threshold that promises ``risk`` or less.

        One without promises stays as it is.
        """
        kept = [promise.threshold for promise in self.promises if promise.risk <= risk]
        return self.model_copy(update={"threshold": min(kept)}) if kept else self


class Sufficiency(Strict):
    """The fitted models by what was searched, how they were made and how well they tell.

    With a ``risk``, the share of questions that may be answered though the sources do not suffice,
    each model answers from the threshold that promises it; without, from its own.
    """

    made: dict[str, str] = Field(default_factory=dict)
    risk: Annotated[float, Field(gt=0, lt=1)] | None = None
    models: dict[Searched, Fitted] = Field(default_factory=dict)
    report: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _promised(self) -> Self:
        for name, fitted in self.models.items():
            least = min((promise.risk for promise in fitted.promises), default=None)
            if self.risk is not None and least is not None and self.risk < least:
                raise ValueError(
                    f"no threshold of {name} promises a risk of {self.risk}: the least is {least}"
                )
        return self

    def fitted(self, what: Searched) -> Fitted:
        """Return the model of ``what``, else that of its words alone, else the default."""
        words = searched(what[:2], vectors=False)
        return self.models.get(what) or self.models.get(words) or Fitted()

    def model(self, language: str, *, vectors: bool) -> Fitted:
        """Return the model for what was searched, at the threshold that promises the ``risk``."""
        chosen = self.fitted(searched(language, vectors=vectors))
        return chosen if self.risk is None else chosen.within(self.risk)
