"""``<file>.meta.yaml`` beside a document: what its own text does not say of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domainkit.packs.schemas.base import Language, Strict

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Sidecar(Strict):
    """What is said of a document beside it; it counts more than what the document says.

    ``effective_to`` is the first day on which the text is no longer in force. ``authority`` ranks
    the issuer or grades the evidence, in the words of the profile. ``profile`` names the reading
    profile.
    """

    title: Text | None = None
    language: Language | None = None
    profile: Text | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    superseded_by: Text | None = None
    jurisdiction: Text | None = None
    authority: Text | None = None
    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$", max_length=2000)] | None = None
    licence: Text | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        begun, ended = self.effective_from, self.effective_to
        if begun is not None and ended is not None and ended <= begun:
            raise ValueError(f"effective_to: {ended} is not after effective_from ({begun})")
        return self
