"""Adds a pack's standing notices to its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Notice
from domainkit.types import Draft, Question, Verdict

_DAY: Mapping[Language, str] = {
    "en": "Answered from what was in force on {day}, the day the question is read to ask for.",
    "zh": "按{day}有效的文本回答，即问题所指的日期。",
}


class NoticeGuard:
    """Gives every answer the pack's notices, in the language of its question."""

    def __init__(self, options: Notice) -> None:
        """Give the notices of ``options``."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Notice | None = pack.guards.get("notice")
        return cls(options) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return an amendment that holds the notices, one a line."""
        return Verdict(
            "notice", "answer", "amend", text="\n".join(self.lines(draft.question.language))
        )

    def lines(self, language: str) -> tuple[str, ...]:
        """Return the notices, each on one line."""
        return tuple(" ".join(say(t, language).split()) for t in self._options.texts.values())


def day_of(question: Question) -> tuple[str, ...]:
    """Return a line that says which day was read from the words of ``question``, if one was."""
    if not question.dated or not question.as_of:
        return ()
    return (say(_DAY, question.language).format(day=question.as_of.isoformat()),)
