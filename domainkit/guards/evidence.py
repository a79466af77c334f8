"""How likely it is, before anything is written, that what was retrieved suffices to answer.

A logistic model of a few features, fitted for each pack (``domainkit.evaluation.sufficiency``).
All of them come from what the search has already found; none asks a model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from statistics import fmean

from domainkit.packs.schemas.sufficiency import Fitted
from domainkit.text import asked, index_terms, sentences
from domainkit.text.language import HAN
from domainkit.text.subject import subject, weighed
from domainkit.types import Retrieved

# Passages looked at, beside those a generator is given: how far the best stand out from the rest
# tells most where every passage holds some words of the question.
WIDE = 20

_HAN = re.compile(f"[{HAN}]")
_NEXT = slice(1, 5)
_FIELD = slice(5, WIDE)

Idf = Mapping[str, float]


def sufficiency(measured: Mapping[str, float], fitted: Fitted) -> float:
    """Return the probability in [0, 1] that what was found suffices; 0 when nothing was found."""
    if not measured:
        return 0.0
    odds = logit(measured, fitted)
    # Written for either sign, so that no weight of a pack can overflow.
    small = math.exp(-abs(odds))
    return 1 / (1 + small) if odds >= 0 else small / (1 + small)


def logit(measured: Mapping[str, float], fitted: Fitted) -> float:
    """Return the logarithm of the odds that what was found suffices."""
    weighed = (weight * value(name, measured) for name, weight in fitted.weights.items())
    return fitted.scale * (fitted.intercept + sum(weighed)) + fitted.shift


def value(name: str, measured: Mapping[str, float]) -> float:
    """Return a feature, or the product of several: "coverage*rarity". What is unknown is 0."""
    return math.prod(measured.get(factor, 0.0) for factor in name.split("*"))


def measure(
    question: str, retrieved: Sequence[Retrieved], idf: Idf, *, rarity: float, given: int
) -> dict[str, float]:
    """Return what the model looks at, by name; empty where nothing was found.

    Args:
        question: the text that was searched for.
        retrieved: what was found, best first: ``WIDE`` passages or more, where there are as many.
        idf: the idf of each term of the question (``LexicalIndex.idf``).
        rarity: the idf of a term that one passage alone holds.
        given: how many of ``retrieved`` the generator is given.
    """
    if not retrieved:
        return {}
    scores = _ranked([found.score for found in retrieved])
    words = _ranked([found.via.get("lexical", 0.0) / (rarity or 1.0) for found in retrieved])
    cosines = _ranked([max(0.0, found.via.get("dense", 0.0)) for found in retrieved])
    return {
        "score": scores[0],
        "score_lead": scores[0] - fmean(scores[_NEXT]),
        "words": words[0],
        "words_lead": words[0] - fmean(words[_NEXT]),
        "words_field": words[0] - fmean(words[_FIELD]),
        "similarity": cosines[0],
        "similarity_lead": cosines[0] - fmean(cosines[_NEXT]),
        "similarity_field": cosines[0] - fmean(cosines[_FIELD]),
        "agreement": _agreement(retrieved),
        "rarity": rarity,
        **_held(question, retrieved[:given], idf, rarity),
    }


def _ranked(values: Sequence[float]) -> list[float]:
    """Return the ``WIDE`` best of ``values``, best first, missing ones as 0."""
    best = sorted(values, reverse=True)[:WIDE]
    return [*best, *[0.0] * (WIDE - len(best))]


def _agreement(retrieved: Sequence[Retrieved]) -> float:
    """Return the share of the five best by words that are among the five best by vectors."""

    def best(index: str) -> set[str]:
        said = [found for found in retrieved if index in found.via]
        said.sort(key=lambda found: -found.via[index])
        return {found.passage.id for found in said[:5]}

    return len(best("lexical") & best("dense")) / 5


def _held(question: str, given: Sequence[Retrieved], idf: Idf, rarity: float) -> dict[str, float]:
    """Return how much of the question the passages hold, each term weighing its idf.

    Of its subject (``subject``) common words count little, and of Chinese single characters with
    what else is no pair of them: a pair of characters that straddles two words stands in no
    passage, and says nothing.
    """
    content = frozenset(index_terms(subject(question)))
    terms = {t: w for t, w in idf.items() if t in content and not _is_pair(t)} or dict(idf)
    single = weighed(terms)
    whole = [terms_of(found) for found in given]
    best = max(whole, key=lambda held: _share(single, held))
    lacking = [weight for term, weight in single.items() if term not in best]
    titles = (frozenset(index_terms(found.passage.title)) for found in given)
    return {
        "coverage": max(_share(idf, held) for held in whole),
        "subject": _share(single, best),
        "together": _share(idf, frozenset().union(*whole)),
        "titles": max(_share(single, held) for held in titles),
        "missing": max(lacking, default=0.0) / (rarity or 1.0),
        "length": math.log1p(len(single)),
        **_said(question, given, single),
    }


def terms_of(found: Retrieved) -> frozenset[str]:
    """Return the terms of a passage and of the headings it stands under."""
    return frozenset(index_terms(f"{_headings(found)}\n{found.passage.text}"))


def _headings(found: Retrieved) -> str:
    return "\n".join((found.passage.title, *found.passage.section))


def _said(question: str, given: Sequence[Retrieved], weights: Idf) -> dict[str, float]:
    """Return how much of the question one sentence holds, and whether what it asks for is given.

    A sentence is read under its headings, which it need not repeat. Where a figure is asked for,
    its kind must be given: ``telling`` looks at the sentences that do, ``figure`` and
    ``no_figure`` say whether any text does.
    """
    gives = asked.giving(question)
    shares: list[tuple[float, bool]] = []
    for found in given:
        headings = frozenset(index_terms(_headings(found)))
        for span in sentences(found.passage.text):
            sentence = span.of(found.passage.text)
            share = _share(weights, headings.union(index_terms(sentence)))
            shares.append((share, gives is None or gives(sentence)))
    figure = gives is not None and any(gives(found.passage.text) for found in given)
    return {
        "sentence": max((share for share, _ in shares), default=0.0),
        "telling": max((share for share, tells in shares if tells), default=0.0),
        "figure": float(figure),
        "no_figure": float(gives is not None and not figure),
    }


def _is_pair(term: str) -> bool:
    """Return whether a term is two characters of Chinese."""
    return len(term) > 1 and bool(_HAN.match(term))


def _share(weights: Idf, terms: frozenset[str]) -> float:
    whole = sum(weights.values())
    return sum(w for term, w in weights.items() if term in terms) / whole if whole else 0.0
