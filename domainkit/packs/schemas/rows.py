"""One line of ``train/*.jsonl``: a question, the numbered sources shown with it, what to write."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from domainkit.packs.schemas.base import Language, Strict

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

MARKER = re.compile(r"\[(\d+)\]")  # how an answer cites a source


class FileSource(Strict):
    """A passage of a file: found by its locator, by words it contains, or by both.

    ``path`` counts from the folder that holds ``train/`` ("knowledge/asthma.md"), with
    ``#record`` for one record of many. ``quote`` stands in the passage word for word.
    """

    path: Text
    locator: Text | None = None
    quote: Text | None = None

    @model_validator(mode="after")
    def _findable(self) -> Self:
        if self.locator is None and self.quote is None:
            raise ValueError(f"a source of {self.path} needs a locator or a quote")
        return self


class GivenSource(Strict):
    """A passage written out in the row itself."""

    title: Text
    locator: Text
    text: Text


def _kind(source: Any) -> str:
    """Return which kind of source a mapping means, so that only that kind's errors are shown."""
    named = "path" in source if isinstance(source, dict) else isinstance(source, FileSource)
    return "file" if named else "given"


Source = Annotated[
    Annotated[FileSource, Tag("file")] | Annotated[GivenSource, Tag("given")],
    Discriminator(_kind),
]


class TrainRow(Strict):
    """What the model is to write for a question and these sources, in this order.

    ``answer`` cites source ``i`` (from 1) as ``[i]`` and cites at least one. With ``refusal`` the
    sources do not hold the answer, and the pack's own refusal is what is trained. ``licence`` and
    ``origin`` are those of the row's words, and are printed on the adapter's card.
    """

    id: Text
    question: Text
    language: Language
    sources: tuple[Source, ...] = Field(min_length=1)
    answer: Text | None = None
    refusal: bool = False
    licence: Text
    origin: Text

    @model_validator(mode="after")
    def _answered_or_refused(self) -> Self:
        if self.refusal == (self.answer is not None):
            raise ValueError("give either an answer or 'refusal: true'")
        if self.answer is None:
            return self
        cited = {int(number) for number in MARKER.findall(self.answer)}
        if not cited:
            raise ValueError("the answer cites no source: mark each statement with [1], [2] …")
        if unknown := sorted(n for n in cited if not 1 <= n <= len(self.sources)):
            raise ValueError(f"the answer cites [{unknown[0]}] of {len(self.sources)} sources")
        return self
