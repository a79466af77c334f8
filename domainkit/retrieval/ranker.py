"""Orders what was found where a subject has many passages: first the work, then the passage.

A question names a subject and asks one thing of it: "What causes Fanconi anemia?". Every passage
about the subject holds its name, so that neither index tells them apart, and a passage that
answers may not hold it at all. What the others of its work say counts for it here, and which
aspect is asked for, which its first words tell. Where works have one or two passages there is
nothing to add, and the order stays as it was (``docs/decisions/ranker.md``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from domainkit.packs.schemas.ranker import Ranker
from domainkit.text import terms
from domainkit.text.plain_yaml import parsed
from domainkit.types import Passage, Question, Retrieved

# In this order; the weights of a pack name them.
FEATURES = ("score", "dense", "work_score", "work_coverage", "title", "aspect")
# Passages looked at: nDCG@10 of medquad is .550 with 30, .560 with 50 and .582 with all 200.
DEPTH = 50
# Works are stored one passage after the other: so many keys on either side are looked at.
NEAR = 16
# Of so many best works, three must have 3 documents or more, and 16 passages at most, for there to
# be a choice. A longer one is a document cut up, and its passages name what they speak of: by the
# weights of medquad, nDCG@10 of covidqa by papers would fall from .697 to .348. So does one
# document of three passages: liveqa_open, of answers cut up, fell from .788 to .738.
# A reach of 8 leaves medquad at .514, 12 at .555, 16 at .569.
WORKS = 5
_DOCUMENTS = 3
CHOICE = 3
# What a passage is about stands in its first two lines; a definition begins with its subject.
_HEAD = 160
_BEGINNING = 80
_ENOUGH = 2  # words that tell an aspect

Floats = NDArray[np.float64]
Titled = tuple[str, str]  # the title and the document of a passage


class LearnedRanker:
    """Reranks by a fitted linear model. Asks no model and reads no index.

    Args:
        fitted: the weights, and how aspects are asked for and told.
    """

    depth = DEPTH

    def __init__(self, fitted: Ranker) -> None:
        self._language = fitted.language
        self._weights = np.array([fitted.weights.get(name, 0.0) for name in FEATURES])
        self._aspects = [
            (_beginnings(aspect.asked), _beginnings(aspect.told))
            for aspect in fitted.aspects.values()
        ]

    def rerank(self, question: Question, retrieved: Sequence[Retrieved]) -> list[Retrieved]:
        """Return the same passages, best first, ranked from 1; scores stay what they are."""
        rows = self.features(question, retrieved)
        if rows is None:
            ordered = sorted(retrieved, key=lambda found: -found.score)
            return [replace(found, rank=rank) for rank, found in enumerate(ordered, start=1)]
        said = rows @ self._weights
        order = np.argsort(-said, kind="stable").tolist()
        return [
            replace(retrieved[i], rank=rank, via={**retrieved[i].via, "ranker": float(said[i])})
            for rank, i in enumerate(order, start=1)
        ]

    def is_worth(self, question: Question, titled: Sequence[Titled]) -> bool:
        """Return whether passages of those titles and documents are a choice to be made.

        It is asked before anything is looked up: most collections have none.
        """
        members: defaultdict[str, list[str]] = defaultdict(list)  # in the order of their best
        for title, document in titled:
            members[work(title)].append(document)
        several = [
            len(set(documents)) >= _DOCUMENTS and len(documents) <= NEAR
            for documents in list(members.values())[:WORKS]
        ]
        return question.language == self._language and sum(several) >= CHOICE

    def features(self, question: Question, retrieved: Sequence[Retrieved]) -> Floats | None:
        """Return a row for each passage; None where works have too few to choose from."""
        best_first = sorted(retrieved, key=lambda found: -found.score)
        titled = [(found.passage.title, found.passage.document_id) for found in best_first]
        if not self.is_worth(question, titled):
            return None
        works = [work(found.passage.title) for found in retrieved]
        scores = [found.score for found in retrieved]
        covered = [found.via.get("coverage", 0.0) for found in retrieved]
        asked = frozenset(terms(question.search_text))
        aspect = self._aspect(question.search_text)
        columns = (
            scores,
            [found.via.get("dense", 0.0) for found in retrieved],
            _best(works, scores),
            _best(works, covered),
            [_share(_title(found.passage.title), asked) for found in retrieved],
            [aspect(found.passage) for found in retrieved],
        )
        return np.array(columns, dtype=np.float64).T

    def _aspect(self, question: str) -> Callable[[Passage], float]:
        """Return what says, from 0 to 1, how much a passage tells of what is asked.

        Where no aspect is asked for, it is what the subject is: a passage that begins with it.
        """
        plain = question.lower()
        told = [told for asked, told in self._aspects if asked.search(plain)]

        def tells(passage: Passage) -> float:
            if not told:
                beginning = passage.text[:_BEGINNING].lower()
                named = passage.title.lower().split()
                return sum(word in beginning for word in named) / max(1, len(named))
            head = passage.text[:_HEAD].lower()
            found = [min(_ENOUGH, len(set(cues.findall(head)))) for cues in told]
            return sum(found) / (_ENOUGH * len(told))

        return tells


def work(title: str) -> str:
    """Return what a passage of that title is a part of: all that has it, which names a subject."""
    return title.casefold().strip()


@lru_cache(maxsize=1)
def default() -> Ranker:
    """Return the ranker of English for packs that have none of their own."""
    text = resources.files("domainkit.retrieval").joinpath("ranker.en.yaml").read_text("utf-8")
    return Ranker.model_validate(parsed(text))


def _best(works: Sequence[str], values: Sequence[float]) -> list[float]:
    """Return for each passage the greatest value in its work."""
    best: defaultdict[str, float] = defaultdict(float)
    for name, value in zip(works, values, strict=True):
        best[name] = max(best[name], value)
    return [best[name] for name in works]


def _share(title: frozenset[str], asked: frozenset[str]) -> float:
    return len(title & asked) / len(title) if title else 0.0


@lru_cache(maxsize=10_000)
def _title(title: str) -> frozenset[str]:
    return frozenset(terms(title))


def _beginnings(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds words that begin so."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})")
