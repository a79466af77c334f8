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
from domainkit.packs.schemas.guards import Identifier, Texts

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]

# digits     12345678
# number     14, 14a, 6(1)(b), 2.3.1
# numeral    Chinese or Arabic: 十二, 一千零八十七, 12
# code       letters, digits, hyphens, dots and slashes: NCT01234567, 10.1000/182
# words      up to eight capitalised English words: Consumer Code
# characters up to thirty Chinese characters
Kind = Literal["digits", "number", "numeral", "code", "words", "characters"]


class Authority(Strict):
    """One kind of reference.

    ``written`` is the one spelling all forms come to. With ``resolves: documents`` a reference
    names a passage of the assistant's own documents by ``locator`` (and ``title``, where the form
    has that field); with ``resolves: address`` it names ``address``, which is shown and never
    fetched. ``examples`` must each be recognised by a form: ``domainkit pack check`` tries them.
    """

    name: Texts
    forms: tuple[Text, ...] = Field(min_length=1, max_length=20)
    fields: dict[FieldName, Kind] = Field(min_length=1)
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
