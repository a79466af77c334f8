"""``knowledge/SOURCES.yaml``: where each text of a pack comes from and under which licence."""

from __future__ import annotations

from datetime import date as Day  # noqa: N812
from typing import Annotated

from pydantic import Field, StringConstraints

from domainkit.packs.schemas.base import InnerPath, Strict

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


class Sources(Strict):
    """The whole of a ``SOURCES.yaml``."""

    sources: tuple[Source, ...]
