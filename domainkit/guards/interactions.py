"""Names, beside an answer, the known interactions of the medicines that are spoken of."""

from __future__ import annotations

from typing import Self

from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.medicines import Interactions
from domainkit.types import Draft, Verdict


class InteractionGuard:
    """Adds a line for each pair of the pack's table whose two sides a question names."""

    def __init__(self, options: Interactions) -> None:
        """Know the pairs of ``options``."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Interactions | None = pack.guards.get("interactions")
        return cls(options) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, or an amendment with a line for each interaction."""
        said = Haystack.of(draft.question.search_text)
        found = [
            (name, f"{one} + {other}", pair)
            for name, pair in self._options.pairs.items()
            if (one := said.holds(pair.one)) and (other := said.holds(pair.other))
        ]
        if not found:
            return Verdict("interactions", "answer", "pass")
        language = draft.question.language
        lines = [
            f"{both}: {' '.join(say(pair.text, language).split())} ({pair.source})"
            for _, both, pair in found
        ]
        reason = ", ".join(name for name, _, _ in found)
        return Verdict("interactions", "answer", "amend", reason=reason, text="\n".join(lines))
