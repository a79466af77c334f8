"""What an answer names besides its sources: laws, articles, papers, trials, codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from domainkit.types.documents import EMPTY, Passage, Span

# found      it exists and is in force
# malformed  nobody writes a number so
# unknown    nothing of that name is known
# absent     what is named has no such number
# elsewhere  it exists, but what the sentence says stands somewhere else
# pending    not yet in force on that day
# repealed   no longer in force on that day
# misquoted  no source has these words
Standing = Literal[
    "found", "malformed", "unknown", "absent", "elsewhere", "pending", "repealed", "misquoted"
]


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference found at ``span`` of a text; ``written`` is its one spelling.

    ``title`` names the work it belongs to, its own or that of the reference before it. ``sound``
    says whether its numbers are well formed.
    """

    authority: str
    span: Span
    fields: Mapping[str, str]
    written: str
    title: str = ""
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reference comes to. ``passage`` is the text it names, where the documents hold it.

    ``facts`` are what a person has to be told: the ``last`` number there is, ``since`` and
    ``until`` when it is in force, ``by`` what it was replaced, ``where`` it stands instead, and
    the ``title`` that was meant.
    """

    standing: Standing
    passage: Passage | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY)
