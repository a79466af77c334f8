"""Refuses what a pack leaves to others, each subject with its own words."""

from __future__ import annotations

from typing import Self

from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import ScopeGuard as Options
from domainkit.types import Question, Verdict


class ScopeGuard:
    """Refuses questions on the pack's topics; it sees the question that stands alone."""

    def __init__(self, options: Options) -> None:
        """Look for the topics of ``options``."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Options | None = pack.guards.get("scope")
        return cls(options) if options else None

    def check(self, question: Question) -> Verdict:
        """Return a refusal with the topic as its reason, or a pass."""
        said = Haystack.of(question.search_text)
        for name, topic in self._options.topics.items():
            if said.holds(topic.phrases) and not said.holds(topic.unless):
                text = say(topic.text, question.language)
                return Verdict("scope", "question", "refuse", reason=name, text=text)
        return Verdict("scope", "question", "pass")
