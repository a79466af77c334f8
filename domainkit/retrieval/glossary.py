"""Other names of what a question names, from a pack's glossary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from domainkit.text import terms
from domainkit.types import Names

Phrase = tuple[str, ...]


class Glossary:
    """Knows which wordings name the same thing.

    Args:
        entries: each term with its synonyms; one sense each.
    """

    def __init__(self, entries: Mapping[str, Sequence[str]] | None = None) -> None:
        self._others: dict[Phrase, tuple[Phrase, ...]] = {}
        for term, synonyms in (entries or {}).items():
            ring = _phrases([term, *synonyms])
            for phrase in ring:
                self._others[phrase] = tuple(other for other in ring if other != phrase)
        self._longest = max(map(len, self._others), default=0)

    def names(self, question: str) -> Names:
        """Return, for each term of a wording in ``question``, what else that is called.

        Of wordings within each other the longest counts: "heart attack" is no "attack".
        """
        asked = terms(question)
        found: defaultdict[str, list[Phrase]] = defaultdict(list)
        start = 0
        while start < len(asked):
            for length in range(self._longest, 0, -1):
                phrase = tuple(asked[start : start + length])
                if len(phrase) == length and phrase in self._others:
                    for term in phrase:
                        found[term] += self._others[phrase]
                    start += length - 1
                    break
            start += 1
        return {term: tuple(dict.fromkeys(phrases)) for term, phrases in found.items()}


def _phrases(wordings: Iterable[str]) -> list[Phrase]:
    """Return the terms of each wording, once each; those that hold no term say nothing."""
    return list(dict.fromkeys(filter(None, (tuple(terms(wording)) for wording in wordings))))
