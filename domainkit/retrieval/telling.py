"""Orders what was found by what tells the thing asked for, not by what speaks of it most.

A study's background names its subject more often than its results do; the section whose heading
says "Period of notice" holds fewer words of the question than the one that speaks of notice in
passing. What tells them apart is seen in the texts of the best: whether a sentence of the passage
gives the figure that is asked for, whether the heading is what is asked for, and whether the short
document it stands in has the rest of the question (``docs/decisions/telling.md``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

from domainkit.store import locators
from domainkit.store.documents import Store
from domainkit.text import asked, cues, index_terms, sentences, terms
from domainkit.text.subject import subject
from domainkit.types import NO_NAMES, Names, Passage

LOOKED = 30  # passages that are ordered: of the packs' training questions 98 % have theirs there
_WORKS = 5  # of so many best documents the whole is looked at …
_SHORT = 16  # … where it has so many passages at most: a code holds the words of every question

# What each counts beside the fused score, all between 0 and 1; fitted by benchmarks/telling.py.
WEIGHTS = {"together": 0.42, "heading": 0.09, "opening": -0.29, "telling": 0.67}
# A text that the question says it is asked under: enough to come before what is found as well.
# Too few questions name one to fit it.
_UNDER = 0.5
_NAMING = re.compile(r"\b(?:under|according to) (?:the )?|按照|根据|依照|依据|(?<![按照])按(?!照)")
_LEAST = 2  # terms of its title that name a text
_OPEN = 0.6  # what is left to a sentence that says what is asked or expected, not what is
_BEFORE = 0.6  # … and to one of methods or facts, where neither is asked for

Idf = Mapping[str, float]


class Telling:
    """Looks into the passages found for a question.

    Args:
        store: holds the documents they stand in.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def weighed(
        self,
        question: str,
        found: Sequence[tuple[Passage, tuple[int, float]]],
        idf: Idf,
        names: Names = NO_NAMES,
    ) -> list[tuple[Passage, tuple[int, float]]]:
        """Return what was found, best first, each score raised by what its passage tells.

        Args:
            question: what was asked.
            found: passages, each with its key and its score, best first.
            idf: what each term of the question weighs.
            names: what else its terms are called.
        """
        rows = self.features(question, [passage for passage, _ in found], idf, names)
        under = _under(question, [passage.title for passage, _ in found])
        raised = [
            (p, (key, score + sum(WEIGHTS[name] * value for name, value in row.items()) + more))
            for (p, (key, score)), row, more in zip(found, rows, under, strict=True)
        ]
        return sorted(raised, key=lambda one: -one[1][1])

    def features(
        self, question: str, found: Sequence[Passage], idf: Idf, names: Names = NO_NAMES
    ) -> list[dict[str, float]]:
        """Return what is seen in each of ``found``, by the names of ``WEIGHTS``."""
        content = frozenset(index_terms(subject(cues.related(question))))
        weights = {t: w for t, w in idf.items() if t in content} or dict(idf)
        whole = sum(weights.values()) or 1.0
        gives = asked.giving(question)
        findings = not cues.asks_design(question)
        said = frozenset(index_terms(question))
        best = list(dict.fromkeys(passage.document_id for passage in found))[:_WORKS]
        works = locators.of_short(self._store, best, _SHORT)
        held = {name: _terms_of(passages) for name, passages in works.items()}

        def holds(terms: frozenset[str], term: str) -> bool:
            return term in terms or any(terms.issuperset(p) for p in names.get(term, ()))

        def share(terms: frozenset[str]) -> float:
            return sum(w for term, w in weights.items() if holds(terms, term)) / whole

        def seen(passage: Passage) -> dict[str, float]:
            around = _terms("\n".join((passage.title, *passage.section)))
            telling = (
                share(held_terms | around)
                * (_OPEN if cues.is_open(text) else 1.0)
                * (_BEFORE if findings and cues.is_before(passage.section, text) else 1.0)
                for text, held_terms in _sentences(passage.text)
                if gives is None or gives(text)
            )
            own = _terms(passage.text) | around
            heading = _heading(passage)
            parts = works.get(passage.document_id, ())
            return {
                "together": share(held.get(passage.document_id, own)),
                "heading": float(bool(heading) and heading <= said),
                "opening": float(len(parts) > 1 and passage.span.start == 0),
                "telling": max(telling, default=0.0),
            }

        return [seen(passage) for passage in found]


def _under(question: str, titles: Sequence[str]) -> list[float]:
    """Return what is added for each of ``titles``: that which ``question`` is asked under."""
    after = [terms(question[match.end() :]) for match in _NAMING.finditer(question)]
    runs = [max((_run(rest, terms(title)) for rest in after), default=0) for title in titles]
    most = max(_LEAST, *runs) if runs else _LEAST
    return [_UNDER if run == most else 0.0 for run in runs]


def _run(said: Sequence[str], title: Sequence[str]) -> int:
    """Return how many terms of ``said``, from its first, stand together in ``title``."""
    starts = (i for i, term in enumerate(title) if said and term == said[0])
    return max((_alike(said, title[i:]) for i in starts), default=0)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )


def _heading(passage: Passage) -> frozenset[str]:
    nearest = _terms(passage.section[-1]) if passage.section else frozenset()
    return frozenset(term for term in nearest if not term[0].isdigit())


def _terms_of(passages: Sequence[Passage]) -> frozenset[str]:
    texts = (_terms(passage.text) | _terms(passage.title) for passage in passages)
    return frozenset().union(*texts)


@lru_cache(maxsize=20_000)
def _terms(text: str) -> frozenset[str]:
    return frozenset(index_terms(text))


@lru_cache(maxsize=4_000)
def _sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    spoken = (span.of(text) for span in sentences(text))
    return tuple((sentence, _terms(sentence)) for sentence in spoken)
