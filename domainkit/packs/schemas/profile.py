"""``ingest/<family>.yaml``: how a family of documents is recognised, divided and cited."""

from __future__ import annotations

import re
from string import Template
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from domainkit.packs.schemas.base import Format, Language, Strict
from domainkit.packs.schemas.manifest import Name

# What a locator may name. The last locator of a list must need nothing but `paragraph`, which
# every passage has.
LOCATOR_FIELDS = ("unit", "mark", "part", "section", "page", "record", "paragraph")

Field_ = Literal[
    "title",
    "language",
    "effective_from",
    "effective_to",
    "superseded_by",
    "jurisdiction",
    "authority",
    "url",
    "licence",
]


def _compile(pattern: object) -> re.Pattern[str]:
    if isinstance(pattern, re.Pattern):
        return pattern
    if not isinstance(pattern, str) or not pattern:
        raise ValueError("expected a regular expression")
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error


Regex = Annotated[re.Pattern[str], BeforeValidator(_compile)]


class Sign(Strict):
    """One sign that a document is of the family, and how far it alone should be believed.

    Exactly one of ``reader`` (the file's format), ``name`` (a glob on the file's name, case
    ignored) and ``text`` (found at least ``least`` times) is given. The confidence of several
    signs is ``1 - product of (1 - weight)``. ``says`` is the sign in words: "it <says>".
    """

    weight: float = Field(gt=0, le=1)
    reader: str | None = None
    name: str | None = None
    text: Regex | None = None
    least: int = Field(default=1, ge=1, le=1000)
    says: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.reader, self.name, self.text)) != 1:
            raise ValueError("give exactly one of reader, name and text")
        return self


class Level(Strict):
    """One level of headings, outermost first.

    ``patterns`` match from the start of a line; what they match is the heading, or its group
    ``heading`` where there is one. The group ``label`` is what is cited ("§ 14"), or the group
    ``number`` is, in the words of ``cite`` ("cl. 4.2"). A ``unit`` is what a professional cites,
    a ``part`` what is cited within one (a defined term).
    ``numbered`` headings must count upwards, which tells them from cross-references; below a
    heading that ``restarts`` (an annex), they count from 1 again. A heading longer than
    ``longest`` characters is none.
    """

    name: Name
    patterns: tuple[Regex, ...] = Field(min_length=1)
    cite: str = "$number"
    unit: bool = False
    part: bool = False
    numbered: bool = False
    restarts: bool = False
    longest: int = Field(default=120, ge=10, le=500)

    @model_validator(mode="after")
    def _labelled(self) -> Self:
        for pattern in self.patterns:
            if not {"label", "number"} & set(pattern.groupindex):
                raise ValueError(f"{pattern.pattern!r} has no group 'label' and none 'number'")
        if Template(self.cite).get_identifiers() != ["number"]:
            raise ValueError(f"cite: {self.cite!r} must name $number and nothing else")
        return self

    def label(self, match: re.Match[str]) -> str:
        """Return what a heading that one of the patterns matched is cited as."""
        groups = match.groupdict()
        if number := groups.get("number"):
            return Template(self.cite).substitute(number=number)
        return " ".join((groups.get("label") or "").split())


class Size(Strict):
    """How long passages are, in characters.

    Paragraphs are packed up to ``target``; nothing is longer than ``longest``; a document no
    longer than ``whole`` is not divided at all.
    """

    target: int = Field(ge=100, le=20_000)
    longest: int = Field(ge=100, le=20_000)
    whole: int = Field(default=0, ge=0, le=20_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.target > self.longest:
            raise ValueError("target must not exceed longest")
        return self


class Extract(Strict):
    """A field, or a ``meta`` key, read from the text.

    The pattern has a group ``value``, or groups ``year``, ``month`` and ``day``. The first match
    counts; what the document's own front matter says counts more. Where the text only tells what
    holds (a law by who passed it), ``given`` is the value. A ``last`` day is the last on which the
    text is in force, so that the day after it ends that.
    """

    field: str = Field(pattern=r"^[a-z][a-z_]{0,31}$")
    pattern: Regex
    given: str | None = None
    last: bool = False

    @model_validator(mode="after")
    def _grouped(self) -> Self:
        groups = set(self.pattern.groupindex)
        if self.given is None and "value" not in groups and not {"year", "month", "day"} <= groups:
            raise ValueError("the pattern needs a group value, or year, month and day; or give it")
        return self


class Profile(Strict):
    """The whole of one ``ingest/<family>.yaml``.

    ``fields`` maps a field of a document to the front-matter keys that give it; front matter that
    nothing claims becomes ``meta``. ``clean`` is removed from the text before it is divided.
    ``marks`` name the parts of a unit at the start of a paragraph ("(2)"). ``locator`` lists, by
    language, citation formats over ``$unit $mark $part $section $page $record $paragraph``; the
    first whose every field is known is used.
    """

    schema_number: Format = Field(alias="schema")
    name: Name
    title: str
    recognise: tuple[Sign, ...] = ()
    clean: tuple[Regex, ...] = ()
    levels: tuple[Level, ...] = ()
    marks: Regex | None = None
    passages: dict[Language, Size]
    locator: dict[Language, tuple[str, ...]]
    fields: dict[Field_, tuple[str, ...]] = Field(default_factory=dict)
    extract: tuple[Extract, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for key, given in (("passages", self.passages), ("locator", self.locator)):
            if "en" not in given:
                raise ValueError(f"{key}: 'en' is missing; it serves every other language")
        for language, formats in self.locator.items():
            _check_locators(language, formats)
        return self

    def size(self, language: str) -> Size:
        """Return the passage size for ``language``."""
        return self.passages["zh" if language == "zh" and "zh" in self.passages else "en"]

    def locators(self, language: str) -> tuple[str, ...]:
        """Return the citation formats for ``language``, the most telling first."""
        return self.locator["zh" if language == "zh" and "zh" in self.locator else "en"]


def _check_locators(language: str, formats: tuple[str, ...]) -> None:
    if not formats:
        raise ValueError(f"locator.{language}: give at least one format")
    for text in formats:
        template = Template(text)
        names = template.get_identifiers() if template.is_valid() else ["?"]
        if unknown := sorted(set(names) - set(LOCATOR_FIELDS)):
            raise ValueError(
                f"locator.{language}: {text!r} names {', '.join(unknown)}; "
                f"known: {', '.join(LOCATOR_FIELDS)}"
            )
    if set(Template(formats[-1]).get_identifiers()) - {"paragraph"}:
        raise ValueError(f"locator.{language}: the last format may need only $paragraph")
