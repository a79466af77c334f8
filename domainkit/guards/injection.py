"""Refuses a question that tries to rewrite the assistant instead of asking it something."""

from __future__ import annotations

from typing import Self

from domainkit.guards.override import attempt
from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Injection
from domainkit.text.neutral import tampering
from domainkit.types import Question, Verdict


class InjectionGuard:
    """Refuses role tokens, hidden characters, orders to the assistant, and the pack's phrases."""

    def __init__(self, options: Injection) -> None:
        """Look for the phrases of ``options`` besides what is known of every domain."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Injection | None = pack.guards.get("injection")
        return cls(options) if options else None

    def check(self, question: Question) -> Verdict:
        """Return a refusal that names what was found, or a pass."""
        text = question.text
        reason = tampering(text) or attempt(text) or self._phrase(text)
        if not reason:
            return Verdict("injection", "question", "pass")
        answer = say(self._options.text, question.language)
        return Verdict("injection", "question", "refuse", reason=reason, text=answer)

    def _phrase(self, text: str) -> str:
        said = Haystack.of(text)
        found = said.holds(self._options.phrases)
        return "" if said.holds(self._options.unless) else found
