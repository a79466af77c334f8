"""Asks back for what an answer depends on and a question leaves open."""

from __future__ import annotations

from typing import Self

from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Clarify
from domainkit.types import Question, Verdict


class ClarifyGuard:
    """Asks for a missing fact: a child's weight for a dose, a day for a limitation period."""

    def __init__(self, options: Clarify) -> None:
        """Ask for the facts of ``options``."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Clarify | None = pack.guards.get("clarify")
        return cls(options) if options else None

    def check(self, question: Question) -> Verdict:
        """Return what to ask, with the fact's name as its reason; or a pass."""
        said = Haystack.of(question.search_text)
        for name, missing in self._options.facts.items():
            asked = any(
                all(said.search(phrases, language) for phrases in lists)
                for language, lists in missing.all.items()
            )
            if asked and not said.holds(missing.unless):
                text = say(missing.text, question.language)
                return Verdict("clarify", "question", "ask", reason=name, text=text)
        return Verdict("clarify", "question", "pass")
