"""From a question to passages: both indexes searched, their scores fused, the best looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

from domainkit.errors import StoreError
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.protocols import Embedder, Reranker, VectorIndex
from domainkit.retrieval import tables
from domainkit.retrieval.cited import NOTHING, Cited
from domainkit.retrieval.doubles import Shown, folded
from domainkit.retrieval.fusion import Weights, above, fuse
from domainkit.retrieval.glossary import Glossary
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.neighbours import lifted
from domainkit.retrieval.scope import passes
from domainkit.retrieval.siblings import siblings
from domainkit.retrieval.standing import Ranks
from domainkit.retrieval.telling import LOOKED, Telling
from domainkit.store import likeness
from domainkit.store.documents import Store
from domainkit.types import Filter, Names, Passage, Question, Retrieved

Mode = Literal["hybrid", "lexical", "dense"]
Ranked = tuple[int, float]  # a key with its fused score

_EVERYTHING = Filter()
_NO_GLOSSARY = Glossary()


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What both indexes found: keys with their fused scores, best first, and what each said."""

    ranked: Sequence[Ranked]
    said: Mapping[str, Mapping[int, float]]

    def via(self, key: int) -> dict[str, float]:
        """Return what each index said of ``key``."""
        return {name: by[key] for name, by in self.said.items() if key in by}


class Retriever:
    """Finds the passages of a store that speak to a question. Safe to use from many threads.

    Args:
        store: holds the passages.
        indexes: find their keys.
        embedder: makes the question's vector; None searches by words alone.
        numbers: the pack's retrieval numbers.
        glossary: the pack's other names of things.
        cited: finds what a question names by title and number; None looks for nothing so.
        reranker: orders the best of what words and meaning found together; None leaves the order.
    """

    def __init__(
        self,
        store: Store,
        indexes: Indexes,
        embedder: Embedder | None,
        numbers: Retrieval,
        glossary: Glossary = _NO_GLOSSARY,
        *,
        cited: Cited | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._store = store
        self._indexes = indexes
        self._embedder = embedder
        self._numbers = numbers
        self._glossary = glossary
        self._cited = cited
        self._ranks = Ranks(store, numbers.ranks)
        self._telling = Telling(store)
        self._tables = tables.Tables(store)
        self._reranker = reranker
        self._beside = ThreadPoolExecutor(thread_name_prefix="vectors")

    def retrieve(
        self,
        question: Question,
        *,
        k: int | None = None,
        mode: Mode = "hybrid",
        filter: Filter = _EVERYTHING,
    ) -> list[Retrieved]:
        """Return at most ``k`` passages that pass ``filter``, best first.

        ``Retrieved.via`` holds what each index said: ``lexical`` (BM25) where the words were
        found, ``dense`` (cosine) where the vector was near, and ``coverage``, the idf-weighted
        share of the question's terms the passage holds. Without vectors, and in a language that
        the embedder does not know, hybrid is lexical. What
        the question cites (``cited``) comes first, with a score of 1, and alone where nothing else
        is asked. A reranker may put a passage before one of a higher score, as ``via`` then says.

        Args:
            question: what was asked.
            k: how many passages; the pack's number by default.
            mode: which indexes to ask.
            filter: what may be found.

        Raises:
            StoreError: when ``mode`` is dense and there are no vectors.
            StaleIndex: when the indexes were made anew in another way meanwhile.
        """
        self._indexes.refresh()
        wanted = k or self._numbers.k
        width = max(wanted, self._numbers.candidates)
        found = self._candidates(question, width, mode, filter)
        if self._reranker is not None and mode == "hybrid" and found.said["dense"]:
            found = self._reranked(self._reranker, question, found, filter)
        found = self._told(question, found)
        shown = [(s.passage, *s.item, tuple(s.also)) for s in self._shown(found.ranked, wanted)]
        return [
            Retrieved(passage, score, rank, found.via(key), also)
            for rank, (passage, key, score, also) in enumerate(shown, start=1)
        ]

    def _told(self, question: Question, found: _Candidates) -> _Candidates:
        """Return what was found, the best by what they tell; what is cited stays first."""
        if not self._numbers.telling or not _descending([score for _, score in found.ranked]):
            return found
        text, first = question.search_text, len(found.said["cited"])
        best = list(islice(self._held(found.ranked[first:], LOOKED), LOOKED))
        idf, names = self._indexes.lexical.idf(text), self._glossary.names(text)
        told = self._ranks.ordered(self._telling.weighed(text, best, idf, names))
        values = {key: value for _, (key, value) in told}
        places = {key: place for place, key in enumerate(values)}
        rest = sorted(found.ranked[first:], key=lambda item: places.get(item[0], LOOKED))
        return _Candidates([*found.ranked[:first], *rest], {**found.said, "telling": values})

    def _shown(self, ranked: Sequence[Ranked], wanted: int) -> list[Shown[Ranked]]:
        """Return the ``wanted`` best, one for all that say the same in documents that are alike.

        As many again are looked at, so that a double just behind the last one is named too.
        """
        shown: list[Shown[Ranked]] = []
        for width in (2 * wanted, len(ranked)):
            found = list(islice(self._held(ranked, width), width))
            if _descending([score for _, score in ranked]):  # else a reranker has decided
                found = self._ranks.ordered(found)
            alike = likeness.alike(self._store, {p.document_id for p, _ in found})
            shown = folded(found, alike)
            if len(shown) >= wanted:
                break
        return shown[:wanted]

    def names(self, question: Question) -> Names:
        """Return what else the glossary calls what ``question`` names."""
        return self._glossary.names(question.search_text)

    def rarities(self, question: Question) -> tuple[dict[str, float], float]:
        """Return the idf of each term of ``question``, and that of a term one passage holds."""
        lexical = self._indexes.lexical
        return lexical.idf(question.search_text), lexical.rarity

    def _held(self, ranked: Sequence[Ranked], window: int) -> Iterator[tuple[Passage, Ranked]]:
        """Yield what is ranked with its passage, unless the store has forgotten it meanwhile."""
        for start in range(0, len(ranked), window):
            items = ranked[start : start + window]
            passages = self._store.passages([key for key, _ in items])
            for item in items:
                if item[0] in passages:
                    yield passages[item[0]], item

    def _candidates(
        self, question: Question, width: int, mode: Mode, filter: Filter
    ) -> _Candidates:
        """Return everything that either index finds. Both are searched at the same time."""
        text = question.search_text
        names = self._glossary.names(text)
        vectors = self._vectors(mode, question.language)
        near = self._beside.submit(self._dense, vectors, text, width, filter)
        lexical = self._lexical(text, width, filter, names) if mode != "dense" else {}
        dense = near.result()
        keys = sorted(lexical.keys() | dense.keys())
        coverage = self._indexes.lexical.coverage(text, keys, names=names)
        weights = Weights.of(self._numbers, words=mode != "dense", vectors=vectors is not None)
        rarity = self._indexes.lexical.rarity
        fused = fuse(lexical, dense, coverage, weights, rarity=rarity)
        rows = self._rows(text)
        fused = tables.lifted(fused, rows, self._numbers.table_weight) if rows else fused
        keys = [key for key, _ in fused]
        named = self._cited.named(text, keys, filter) if self._cited else NOTHING
        cited = dict.fromkeys(named.keys, 1.0)
        said = {"lexical": lexical, "dense": dense, "coverage": coverage, "cited": cited}
        said |= {"table": rows} if rows else {}
        rest = [] if named.alone else [item for item in fused if item[0] not in cited]
        return _Candidates([*cited.items(), *rest], said)

    def _rows(self, text: str) -> dict[int, float]:
        """Return how much rows of tables name of a question, by their keys."""
        if not self._numbers.table_weight:
            return {}
        return self._tables.named(self._indexes.lexical.idf(text))

    def considered(
        self, question: Question, *, depth: int, filter: Filter = _EVERYTHING
    ) -> list[Retrieved]:
        """Return what a reranker is given: the ``depth`` best and what stands beside them."""
        width = max(depth, self._numbers.candidates)
        found = self._candidates(question, width, "hybrid", filter)
        titles = self._titles(found, depth)
        return [item for _, item in self._weighed(question, found, titles, filter)]

    def _reranked(
        self, reranker: Reranker, question: Question, found: _Candidates, filter: Filter
    ) -> _Candidates:
        """Return what was found in the order of ``reranker``; what is cited stays first.

        Where it leaves the order of the scores, nothing is changed or added.
        """
        titles = self._titles(found, reranker.depth)
        is_worth = getattr(reranker, "is_worth", None)  # no plugin need have one
        if is_worth and not is_worth(question, list(titles.values())):
            return found
        weighed = self._weighed(question, found, titles, filter)
        keys = {item.passage.id: key for key, item in weighed}
        order = {keys[r.passage.id]: r for r in reranker.rerank(question, [i for _, i in weighed])}
        if _descending([item.score for item in order.values()]):
            return found
        cited = found.said["cited"]
        ranked = [
            *((key, score) for key, score in found.ranked if key in cited),
            *((key, item.score) for key, item in order.items() if key not in cited),
            *(p for p in found.ranked if p[0] not in order and p[0] not in cited),
        ]
        names = dict.fromkeys(name for item in order.values() for name in item.via)
        said = {n: {k: i.via[n] for k, i in order.items() if n in i.via} for n in names}
        return _Candidates(ranked, {n: {**found.said.get(n, {}), **by} for n, by in said.items()})

    def _titles(self, found: _Candidates, depth: int) -> dict[int, tuple[str, str]]:
        """Return title and document of the ``depth`` best, in order, and of those beside."""
        best = [key for key, _ in found.ranked[:depth]]
        titles = self._store.titles(best)
        ordered = {key: titles[key] for key in best if key in titles}
        return ordered | siblings(self._store, ordered)

    def _weighed(
        self, question: Question, found: _Candidates, keys: Iterable[int], filter: Filter
    ) -> list[tuple[int, Retrieved]]:
        """Return the passages of ``keys`` that pass ``filter``, each with its key."""
        scores = dict(found.ranked)
        entries = {entry.key: entry for entry in self._store.placed(list(keys))}
        new = sorted(k for k, e in entries.items() if k not in scores and passes(e, filter))
        covered = self._indexes.lexical.coverage(question.search_text, new)
        scores |= {key: self._numbers.coverage_weight * share for key, share in covered.items()}
        return [
            (
                key,
                Retrieved(
                    entries[key].passage,
                    scores[key],
                    0,
                    {"coverage": covered[key]} if key in covered else found.via(key),
                ),
            )
            for key in keys
            if key in entries and key in scores
        ]

    def _lexical(self, text: str, k: int, filter: Filter, names: Names) -> dict[int, float]:
        boost = self._numbers.title_boost
        hits = self._indexes.lexical.search(text, k, filter, title_boost=boost, names=names)
        scores = {hit.key: hit.score for hit in hits}
        return lifted(scores, self._numbers.neighbour_weight, self._store.passages)

    def _dense(
        self, vectors: VectorIndex | None, text: str, k: int, filter: Filter
    ) -> dict[int, float]:
        if vectors is None or self._embedder is None:
            return {}
        vector = self._embedder.encode([text], role="query")
        floor = getattr(self._embedder, "cosine_floor", 0.0)  # no plugin need have one
        hits = vectors.search(vector, k, filter)
        return {hit.key: above(hit.score, floor) for hit in hits}

    def _vectors(self, mode: Mode, language: str) -> VectorIndex | None:
        """Return the vectors to search; in a language that the embedder does not know, none."""
        known = getattr(self._embedder, "languages", ())  # no plugin need have them
        if mode == "lexical" or (mode == "hybrid" and known and language not in known):
            return None
        vectors = self._indexes.vectors
        if vectors is None and mode == "dense":
            raise StoreError(
                "there are no vectors to search: these documents were indexed by words alone",
                hint="name an embedder under [retrieval] in domainkit.toml and ingest again",
            )
        return vectors


def _descending(scores: Sequence[float]) -> bool:
    return all(one >= other for one, other in pairwise(scores))
