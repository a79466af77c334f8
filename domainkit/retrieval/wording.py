"""The words of a question as queries: its own, other names of what they name, near misses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import tantivy

from domainkit.text import index_terms
from domainkit.types import Names

MUST, SHOULD, NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
Clause = tuple[Any, Any]
Holding = Callable[[str], int]

# What a word counts that the question does not use: another name from the glossary, or a word
# spelt nearly like one that no passage holds. Half: it may be meant, the question's own words are.
MEANT = 0.5
# Shorter words are too near to others: "fever" is one letter from "never".
_LONG = 6


class Wording:
    """Makes queries over the fields ``body`` and ``title`` of ``schema``."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def term(self, field: str, term: str | int, option: str = "freq") -> tantivy.Query:
        """Return what finds ``term`` in ``field``."""
        return tantivy.Query.term_query(self._schema, field, term, index_option=option)

    def wanted(
        self, query: str, title_boost: float, names: Names, *, holding: Holding, rarity: float
    ) -> list[Clause]:
        """Return one clause a field and term; a term asked twice counts twice.

        Args:
            query: the question, in words.
            title_boost: what a term counts in the title, on top of what it counts in the body.
            names: other names of what the terms name.
            holding: how many passages hold a term.
            rarity: what a term weighs that one passage alone holds.
        """
        boosts = {"body": 1.0, "title": title_boost}
        counts: Counter[str] = Counter(index_terms(query))
        meant = {term for phrases in names.values() for phrase in phrases for term in phrase}
        weights = dict.fromkeys(meant - counts.keys(), MEANT) | counts
        clauses = [
            (SHOULD, tantivy.Query.boost_query(self.term(field, term), boost * weight))
            for term, weight in weights.items()
            for field, boost in boosts.items()
            if boost
        ]
        near = (self.near(term, holding) for term in counts)
        scored = (tantivy.Query.const_score_query(q, MEANT * rarity) for q in near if q)
        return [*clauses, *((SHOULD, query) for query in scored)]

    def holds(self, term: str, names: Names, holding: Holding) -> list[tantivy.Query]:
        """Return what finds ``term``, another name of it, or what it may be a misspelling of.

        No passage is found by two of them, so that the scores of all may be added. A plain term
        is not made one query: such a union is walked through, these are leapt through.
        """
        body, title = (self.term(field, term) for field in ("body", "title"))
        phrases, near = names.get(term, ()), self.near(term, holding)
        if not phrases and near is None:
            return [body, tantivy.Query.boolean_query([(MUST, title), (NOT, body)])]
        clauses = [body, title, *map(self._phrase, phrases), *([near] if near else [])]
        return [tantivy.Query.boolean_query([(SHOULD, query) for query in clauses])]

    def near(self, term: str, holding: Holding) -> tantivy.Query | None:
        """Return what finds words one letter from ``term``; None where passages hold it."""
        if len(term) < _LONG or not (term.isascii() and term.isalpha()) or holding(term):
            return None
        return tantivy.Query.fuzzy_term_query(self._schema, "body", term)

    def _phrase(self, phrase: tuple[str, ...]) -> tantivy.Query:
        """Return what finds every term of ``phrase``, each in either field."""
        either = [
            tantivy.Query.boolean_query(
                [(SHOULD, self.term(field, term)) for field in ("body", "title")]
            )
            for term in phrase
        ]
        return tantivy.Query.boolean_query([(MUST, query) for query in either])
