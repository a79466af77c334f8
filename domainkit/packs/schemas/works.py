"""``works.yaml``: the laws, codes and guidelines of a domain, and when each is in force.

What an answer names without having read it is held against this list: whether there is such a
law, whether it has that many articles, and whether it was in force on the day that matters.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, RootModel, StringConstraints, model_validator

from domainkit.packs.schemas.base import Strict
from domainkit.packs.schemas.phrases import Identifier

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
Number = Annotated[int, Field(ge=1, le=100_000)]


class Wording(Strict):
    """A work as it stands from ``since`` on: its numbers run from 1 to ``numbers``."""

    since: date
    numbers: Number


class Work(Strict):
    """One law, code or guideline.

    ``names`` are all it is called by, the usual one first; ``parts`` are its books with their
    first and last number. It was in force from its first wording up to, not including,
    ``repealed``. ``source`` is where a reader can check this entry.
    """

    names: tuple[Name, ...] = Field(min_length=1, max_length=12)
    jurisdiction: str | None = None
    wordings: tuple[Wording, ...] = Field(min_length=1, max_length=40)
    repealed: date | None = None
    replaced_by: str | None = None
    parts: dict[Name, tuple[Number, Number]] = Field(default_factory=dict)
    source: Annotated[str, Field(min_length=4, max_length=400)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [wording.since for wording in self.wordings]
        if days != sorted(set(days)):
            raise ValueError("wordings: give them oldest first, each with its own day")
        if self.repealed and self.repealed <= days[-1]:
            raise ValueError("repealed: it is before the last wording")
        last = max(wording.numbers for wording in self.wordings)
        for name, (first, final) in self.parts.items():
            if not first <= final <= last:
                raise ValueError(f"parts: '{name}' is not within 1 to {last}")
        return self


class Works(RootModel[dict[Identifier, Work]]):
    """The whole of ``works.yaml``."""

    def repeated(self) -> list[tuple[str, str]]:
        """Return (key, problem) of every name that two works share."""
        owners: dict[str, str] = {}
        found = []
        for key, work in self.root.items():
            for name in work.names:
                if (owner := owners.setdefault(name, key)) != key:
                    found.append((f"{key}.names", f"'{name}' is also a name of {owner}"))
        return found
