"""Finds rows of a table by what they name: a disease by the symptoms that a question tells of.

ChatDoctor looked rows up by the letters of keywords. Here a row's short cells are its names, a
name counts when the question holds all of its words, and several must count
(``docs/decisions/tables.md``).
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from sqlalchemy import select

from domainkit.store.documents import Store
from domainkit.store.tables import documents, passages
from domainkit.text import terms

PROFILE = "table"  # the reading profile of what is looked up
# Names of a row that a question must hold. One says no more than its words, found anyway: beside
# liveqa_open, rows with one name take nDCG@10 of its questions from .714 to .583, with two
# to .683, and with three they leave it at .714. Of rows alone, told by symptoms, one over the rank
# rises from .318 to .461, .465 and .447 (docs/decisions/tables.md).
LEAST = 3
# A name has no more terms than this; what is longer is a sentence.
_WORDS = 6
_CELL = re.compile(r"^(?P<column>[^:\n]{1,40}): (?P<value>[^\n]+)$", re.MULTILINE)
_QUOTED = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"")
_DIVIDED = re.compile(r"[;,|；，、。]")
_IN_BRACKETS = re.compile(r"[(（]([^()（）]+)[)）]")

Name = frozenset[str]  # its terms


class Tables:
    """The rows of a store's tables, by their names; read anew when the store has changed.

    Args:
        store: holds the rows, each a passage of a document that the profile ``table`` reads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reading = threading.Lock()
        self._generation = -1
        self._rows: dict[Name, list[int]] = {}
        self._names: dict[str, list[Name]] = {}  # each under its rarest term

    def named(self, asked: Mapping[str, float]) -> dict[int, float]:
        """Return how much of a question rows name, in [0, 1], by their keys.

        Args:
            asked: the terms of the question with their idf.

        Returns:
            The rows with ``LEAST`` names or more all of whose terms are asked: what those terms
            weigh, as a share of what all that is asked weighs.
        """
        self._refresh()
        told: defaultdict[int, list[Name]] = defaultdict(list)
        for name in chain.from_iterable(self._names.get(term, ()) for term in asked):
            if name <= asked.keys():
                for key in self._rows[name]:
                    told[key].append(name)
        whole = math.fsum(asked.values())  # exact: the same in whatever order a set comes
        return {
            key: math.fsum(asked[term] for term in frozenset().union(*names)) / whole
            for key, names in told.items()
            if len(names) >= LEAST and whole
        }

    def _refresh(self) -> None:
        with self._reading:
            generation = self._store.generation
            if generation == self._generation:
                return
            query = (
                select(passages.c.key, passages.c.text)
                .join(documents)
                .where(documents.c.profile == PROFILE)
            )
            held: defaultdict[Name, list[int]] = defaultdict(list)
            with self._store.reading() as connection:
                for key, text in connection.execute(query):
                    for name in set(names(text)):
                        held[name].append(key)
            common = Counter(term for name in held for term in name)
            under: defaultdict[str, list[Name]] = defaultdict(list)
            for name in held:
                under[min(name, key=lambda term: (common[term], term))].append(name)
            self._rows, self._names, self._generation = dict(held), dict(under), generation


def lifted(
    scores: Sequence[tuple[int, float]], named: Mapping[int, float], weight: float
) -> list[tuple[int, float]]:
    """Return ``scores``, best first, with rows lifted towards 1 by what they name.

    What is no row, and a row that names nothing of the question, keeps its score.

    Args:
        scores: keys with their scores, best first.
        named: how much rows name of the question, in [0, 1].
        weight: how much that counts, in [0, 1].
    """
    raised = [(k, s + weight * (1 - s) * named[k] if k in named else s) for k, s in scores]
    return sorted(raised, key=lambda pair: (-pair[1], pair[0]))


def fused(lifted: float, named: float, weight: float) -> float:
    """Return the score a row had before it was lifted to ``lifted``."""
    return (lifted - weight * named) / (1 - weight * named) if weight * named < 1 else 0.0


def names(row: str) -> Iterator[Name]:
    """Yield the terms of each name in a row written "column: value", a line each.

    A cell that is no list and has a part longer than a name tells something, and names nothing.
    """
    for cell in _CELL.finditer(row):
        value = cell["value"]
        quoted = [one or other for one, other in _QUOTED.findall(value)]
        items = quoted if value.startswith("[") and quoted else _DIVIDED.split(value)
        parts = [
            frozenset(terms(part))
            for item in items
            for part in (_IN_BRACKETS.sub(" ", item), *_IN_BRACKETS.findall(item))
        ]
        told = items is not quoted and max(map(len, parts)) > _WORDS
        for name in () if told else parts:
            if 0 < len(name) <= _WORDS and not any(map(str.isdigit, name)):
                yield name
