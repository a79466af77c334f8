"""``knowledge/SOURCES.yaml``: where each text of a pack comes from and under which licence.

``corpora`` lists what does not ship with the pack and may be fetched: real law, labels, papers.
"""

from __future__ import annotations

from datetime import date as Day  # noqa: N812
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domainkit.packs.schemas.base import InnerPath, Language, Strict
from domainkit.packs.schemas.phrases import Identifier

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Source(Strict):
    """One file, or one folder with all it holds.

    ``path`` counts from the folder of ``SOURCES.yaml``. ``licence`` is an SPDX identifier or
    "public domain". ``origin`` says who wrote it, or the address it was taken from. ``date`` is
    the day it was written or taken.
    """

    path: InnerPath
    title: Text
    licence: Text
    origin: Text
    date: Day
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    note: str = ""


class Corpus(Strict):
    """One file that is fetched when its reader asks for it.

    ``url`` is the address of the file itself, which is kept as ``file``. ``sha256`` is given where
    the address always brings the same bytes; what brings others is then refused. ``profile`` reads
    it where it would not be recognised. ``checked`` is the day on which address and licence were
    looked at.
    """

    name: Identifier
    file: Annotated[str, Field(pattern=r"^[\w][\w.\- ()（）]{0,120}\.[a-z0-9]{2,5}$")]
    title: Text
    url: Annotated[str, Field(pattern=r"^https://[^\s/]+/\S*$", max_length=2000)]
    licence: Text
    language: Language
    jurisdiction: Text | None = None
    profile: Text | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    checked: Day
    note: str = ""


class Sources(Strict):
    """The whole of a ``SOURCES.yaml``."""

    sources: tuple[Source, ...] = ()
    corpora: tuple[Corpus, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        for field in ("name", "file"):
            values = [getattr(corpus, field) for corpus in self.corpora]
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"corpora: '{twice[0]}' stands twice")
        return self
