"""Leaves out of an answer what only a professional may say of one's own case."""

from __future__ import annotations

from typing import Self

from domainkit.guards import citations
from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Advice
from domainkit.types import Claim, Draft, Verdict


class AdviceGuard:
    """Leaves out diagnoses and judgements of one's own case, unless a source has the very words.

    Information is what a source says; that it applies to the reader no source can say.
    """

    def __init__(self, options: Advice) -> None:
        """Look for the phrases of ``options``."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Advice | None = pack.guards.get("advice")
        return cls(options) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, an amendment, or a refusal where nothing else is left."""
        advice = self.found(draft)
        if not advice:
            return Verdict("advice", "answer", "pass")
        reason = f"applied to one's own case: {'; '.join(claim.text for claim in advice)}"
        if len(advice) == len(draft.claims):
            return Verdict("advice", "answer", "refuse", reason=reason)
        text = say(self._options.text, draft.question.language)
        return Verdict("advice", "answer", "amend", reason=reason, text=text)

    def released(self, draft: Draft) -> Draft:
        """Return ``draft`` without statements about one's own case."""
        advice = {claim.text for claim in self.found(draft)}
        return citations.kept(draft, lambda claim: claim.text not in advice) if advice else draft

    def found(self, draft: Draft) -> list[Claim]:
        """Return the claims that speak of one's own case, and not in a source's words."""
        sources = [_plain(source.passage.text) for source in draft.prompt.sources]
        return [
            claim
            for claim in draft.claims
            if self._is_advice(claim) and not any(_plain(claim.text) in text for text in sources)
        ]

    def _is_advice(self, claim: Claim) -> bool:
        said = Haystack.of(claim.text)
        return bool(said.holds(self._options.phrases)) and not said.holds(self._options.unless)


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
