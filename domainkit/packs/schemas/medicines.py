"""What ``guards.yaml`` says of medicines: their names, the most of each, what acts on what."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Language, Strict
from domainkit.packs.schemas.phrases import Identifier, Phrases, Texts

Words = Annotated[str, Field(min_length=2, max_length=80)]
Route = Literal[
    "oral",
    "intravenous",
    "intramuscular",
    "subcutaneous",
    "rectal",
    "inhaled",
    "topical",
    "nasal",
    "ocular",
]


class Maximum(Strict):
    """The most of a drug that anyone is given within a day, within a week or at once.

    ``drug`` is the first of its names in ``Dosing.drugs``. ``most`` is an amount ("4000 mg",
    "500 ug"), or one for each kilogram ("75 mg/kg"). ``people`` and ``routes`` limit it to
    statements that name them; a sentence with a phrase of ``unless`` is not held to it. ``source``
    says whose figure it is.
    """

    drug: Words
    most: Annotated[str, Field(pattern=r"^\d+(?:\.\d+)? (?:mg|g|ug|iu)(?:/kg)?$")]
    per: Literal["day", "week", "dose"] = "day"
    people: tuple[Literal["child"], ...] = ()
    routes: tuple[Route, ...] = ()
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    source: Words


class Dosing(Strict):
    """Leaves out doses that no cited passage gives for the same drug, route and people.

    ``drugs`` has the names of each drug, brands and languages together; drugs that are not listed
    are known by the ends of their international names. A dose above one of ``maxima`` is left out
    even where a passage gives it: the passage may be misread, misprinted or made up.
    """

    drugs: tuple[Annotated[tuple[Words, ...], Field(min_length=1)], ...] = Field(
        default=(), max_length=2000
    )
    maxima: dict[Identifier, Maximum] = Field(default_factory=dict, max_length=2000)

    @model_validator(mode="after")
    def _are_listed(self) -> Self:
        first = {names[0] for names in self.drugs}
        if unlisted := sorted({most.drug for most in self.maxima.values()} - first):
            named = ", ".join(unlisted)
            raise ValueError(f"maxima name drugs that are first in no list of drugs: {named}")
        return self


class Interaction(Strict):
    """Two groups of medicines that act on each other, what happens, and who says so."""

    one: dict[Language, Phrases]
    other: dict[Language, Phrases]
    text: Texts
    source: Words


class Interactions(Strict):
    """A table of interactions, shown beside an answer to a question that names both sides."""

    pairs: dict[Identifier, Interaction] = Field(min_length=1, max_length=2000)
