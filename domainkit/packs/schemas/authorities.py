"""``authorities.yaml``: how texts of a domain refer to their authorities, and where those stand.

A form is plain text with ``$fields``; a field's kind says what may stand there. Forms hold no
regular expressions: ``domainkit.packs.references`` builds bounded ones from them, so that a form
of an unknown pack cannot hang.
"""

from __future__ import annotations

from string import Template
from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, StringConstraints, model_validator

from domainkit.packs.schemas.base import Strict
from domainkit.packs.schemas.phrases import Identifier, Texts

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]

# digits     12345678
# number     14, 14a, 6(1)(b), 2.3.1
# numeral    Chinese or Arabic: 十二, 一千零八十七, 12
# code       letters, digits, hyphens, dots and slashes: NCT01234567, L/2016/119
# doi        10.1000/182
# atc        A10BA02
# ndc        0071-0155-23
# name       one of the names in ``works.yaml``; by custom of the field ``work``
# words      up to eight capitalised English words: Consumer Code
# characters up to thirty Chinese characters
Kind = Literal[
    "digits", "number", "numeral", "code", "doi", "atc", "ndc", "name", "words", "characters"
]


class Limits(Strict):
    """What a field of digits may be: within ``least`` and ``most``, ``length`` digits long."""

    least: int = Field(default=0, ge=0)
    most: int | None = Field(default=None, ge=1)
    length: int | None = Field(default=None, ge=1, le=15)

    def allow(self, digits: str) -> bool:
        """Return whether ``digits`` keeps to them."""
        fits = self.length is None or len(digits) == self.length
        return fits and self.least <= int(digits) <= (self.most or int(digits))


class Authority(Strict):
    """One kind of reference.

    ``written`` is the one spelling all forms come to. With ``resolves: documents`` a reference
    names a passage of the assistant's own documents by ``locator`` (and ``title``, where the form
    has that field) or a number of one of the pack's works; with ``resolves: address`` it names
    ``address``, which is shown and never fetched: a source must name it too. ``limits`` say which
    digits are well formed. ``examples`` must each be recognised by a form: ``domainkit pack
    check`` tries them.
    """

    name: Texts
    forms: tuple[Text, ...] = Field(min_length=1, max_length=20)
    fields: dict[FieldName, Kind] = Field(min_length=1)
    limits: dict[FieldName, Limits] = Field(default_factory=dict)
    written: Text
    resolves: Literal["documents", "address"]
    locator: Text | None = None
    title: Text | None = None
    address: Text | None = None
    examples: tuple[Text, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        wanted = self.locator if self.resolves == "documents" else self.address
        if wanted is None:
            key = "locator" if self.resolves == "documents" else "address"
            raise ValueError(f"it resolves to {self.resolves} and gives no {key}")
        if unbounded := sorted(f for f in self.limits if self.fields.get(f) != "digits"):
            raise ValueError(f"limits are for fields of digits, and '{unbounded[0]}' is none")
        for text in (*self.forms, self.written, self.locator, self.title, self.address):
            if text is not None:
                self._check(text)
        return self

    def _check(self, text: str) -> None:
        template = Template(text)
        if not template.is_valid():
            raise ValueError(f"'{text}' has a '$' that starts no field")
        if unknown := sorted(set(template.get_identifiers()) - set(self.fields)):
            raise ValueError(f"'{text}' names the unknown field ${unknown[0]}")


class Authorities(RootModel[dict[Identifier, Authority]]):
    """The whole of ``authorities.yaml``."""
