"""Keeps the pack's own instructions out of what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from typing import Self

from domainkit.guards import citations
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Leak
from domainkit.text.analysis import fold
from domainkit.types import Claim, Draft, Verdict


class LeakGuard:
    """Leaves out sentences that repeat a prompt of the pack, unless a source says the same."""

    def __init__(self, options: Leak, prompts: Iterable[str]) -> None:
        """Know the words of ``prompts``; ``options`` say how many in a row are a repetition."""
        self._run = options.run
        filled = (Template(text).safe_substitute({}) for text in prompts)
        self._known = frozenset(run for text in filled for run in self._runs(text))

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Leak | None = pack.guards.get("leak")
        own = [
            text for name, text in pack.prompts.items() if name.startswith(("system", "answer"))
        ]
        return cls(options, own) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, an amendment, or a refusal where nothing else is left."""
        leaked = self.found(draft)
        if not leaked:
            return Verdict("leak", "answer", "pass")
        action = "refuse" if len(leaked) == len(draft.claims) else "amend"
        return Verdict("leak", "answer", action, reason="the assistant's own instructions")  # type: ignore[arg-type]

    def released(self, draft: Draft) -> Draft:
        """Return ``draft`` without the sentences that repeat a prompt."""
        leaked = {claim.text for claim in self.found(draft)}
        return citations.kept(draft, lambda claim: claim.text not in leaked) if leaked else draft

    def found(self, draft: Draft) -> list[Claim]:
        """Return the claims that repeat a prompt and no source."""
        sources = {run for s in draft.prompt.sources for run in self._runs(s.passage.text)}
        return [
            claim
            for claim in draft.claims
            if any(run in self._known and run not in sources for run in self._runs(claim.text))
        ]

    def _runs(self, text: str) -> Iterable[str]:
        """Yield every run of words; a Chinese character counts half a word."""
        units = [c for word in fold(text).split() for c in _units(word)]
        latin = sum(unit.isascii() for unit in units)
        width = self._run if 2 * latin > len(units) else 2 * self._run
        return (" ".join(units[i : i + width]) for i in range(len(units) - width + 1))


def _units(word: str) -> Iterable[str]:
    plain = "".join(c for c in word if c.isalnum())
    if plain.isascii():
        return [plain] if plain else []
    return plain
