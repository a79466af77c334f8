"""BM25 over the terms of ``domainkit.text``, in tantivy: persisted, incremental, deletable.

Two fields are searched. ``body`` holds all that may be matched: title, section path, synonyms and
text. ``title`` holds the title and, of a document in many passages, how it begins: what a question
names a document by. A pack can weigh it. Filters are part of the query.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tantivy

from domainkit.errors import StaleIndex, StoreError
from domainkit.retrieval import heap
from domainkit.retrieval.ranking import best
from domainkit.retrieval.scope import days
from domainkit.retrieval.wording import MUST, NOT, SHOULD, Clause, Wording
from domainkit.text import index_terms
from domainkit.types import NO_NAMES, Entry, Filter, Hit, Names

_HEAP = 64_000_000  # bytes a writer collects before it writes a segment
# A tenth of a segment may be remains of removed passages before it is written anew, as long as it
# holds more than so many: those are indexed again in about a second.
_REMAINS = 0.1
_CHEAP = 2_000
# Where passages are rarely out of force, the best of all hold enough that are in it.
_WIDER = 4
_ANALYSER = "terms"  # text arrives analysed, its terms joined by spaces


class TantivyIndex:
    """A lexical index in a folder. Many readers, one writer at a time.

    Args:
        folder: where the index is kept; made where there is none.

    Raises:
        StaleIndex: when the folder holds a damaged index, or one of another shape.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._schema = _schema()
        self._wording = Wording(self._schema)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(self._schema, path=str(folder), sort_by_field="key")
        except (ValueError, OSError) as error:
            raise StaleIndex(
                f"{folder}: the lexical index cannot be read: {error}",
                hint="rebuild it: domainkit ingest --rebuild",
            ) from error
        analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer(_ANALYSER, analyser)

    def __len__(self) -> int:
        """Return the number of passages."""
        return int(self._index.searcher().num_docs)

    def add(self, entries: Sequence[Entry]) -> None:
        """Index ``entries``; a key already present is replaced."""
        self._write([entry.key for entry in entries], map(_document, entries))

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys``; unknown keys are ignored."""
        self._write(keys, [])

    def keys(self) -> list[int]:
        """Return every key it holds, sorted."""
        return sorted(key for keys in self._segments() for key in keys)

    def worn(self, *, whole: bool = False) -> list[int]:
        """Return the keys that share a segment with remains of what was removed.

        Until a segment is written anew, the words of a removed passage stay in its files and
        count in what words weigh. To ``add`` these keys again erases that.

        Args:
            whole: return all of them, not only where there is more than may remain or where it
                costs little.
        """
        meta = json.loads((self._folder / "meta.json").read_text(encoding="utf-8"))
        sizes = [(segment["max_doc"], _removed(segment)) for segment in meta["segments"]]
        limits = [0 if whole else _REMAINS * size for size, _ in sizes]
        worn = {i for i, (_, gone) in enumerate(sizes) if gone > limits[i]}
        cheap = {i for i, (_, gone) in enumerate(sizes) if gone} - worn
        if sum(size - gone for size, gone in (sizes[i] for i in cheap)) <= _CHEAP:
            worn |= cheap
        if not worn:  # asking for every key takes seconds where there are a million
            return []
        return [key for i, keys in enumerate(self._segments()) if i in worn for key in keys]

    def search(
        self,
        query: str,
        k: int,
        filter: Filter,
        *,
        title_boost: float = 0.0,
        names: Names = NO_NAMES,
    ) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter``, best first; ties by key.

        Args:
            query: the question, in words.
            k: how many hits at most.
            filter: what may be returned.
            title_boost: what a term counts in the title, on top of what it counts in the body.
            names: other names of what the terms name, which count less than the question's own.
        """
        wanted = self._wording.wanted(
            query, title_boost, names, holding=self._holding, rarity=self.rarity
        )
        if not wanted:
            return []
        words = tantivy.Query.boolean_query(wanted)
        passing = [(MUST, words), *self._passing(filter)]
        filtered = tantivy.Query.boolean_query(passing) if len(passing) > 1 else words
        if filter.jurisdiction or filter.groups or not filter.as_of:
            return best(lambda limit: self._hits(filtered, limit), k)
        day = filter.as_of.toordinal()

        def in_force(limit: int) -> list[Hit]:
            """Look at the days of what is found: a query of words alone skips most passages."""
            for width in (limit, _WIDER * limit):
                hits, found = self._in_force(words, width, day)
                if len(hits) >= limit or found < width:
                    return hits[:limit]
            return self._hits(filtered, limit)

        return best(in_force, k)

    def idf(self, query: str) -> dict[str, float]:
        """Return what each term of ``query`` weighs: the fewer passages hold it, the more."""
        searcher = self._index.searcher()
        return {
            term: _idf(searcher.doc_freq("body", term), searcher.num_docs)
            for term in dict.fromkeys(index_terms(query))
        }

    def coverage(
        self, query: str, keys: Sequence[int], *, names: Names = NO_NAMES
    ) -> dict[int, float]:
        """Return for each of ``keys`` the share, in [0, 1], of the query's terms it holds.

        Terms weigh their idf. One that no passage holds weighs most: part of what is asked is
        then unknown here. A passage that holds another of its ``names`` holds a term as well.
        """
        weights = self.idf(query)
        whole = sum(weights.values())
        shares = dict.fromkeys(keys, 0.0)
        if whole and keys:
            clauses = [
                (SHOULD, tantivy.Query.const_score_query(query, weight))
                for term, weight in weights.items()
                for query in self._wording.holds(term, names, self._holding)
            ]
            # A term set is looked up by an automaton over all keys, which takes 3 ms more.
            passages = [(SHOULD, self._wording.term("key", key, "basic")) for key in keys]
            either = tantivy.Query.const_score_query(tantivy.Query.boolean_query(passages), 0.0)
            query_ = tantivy.Query.boolean_query([*clauses, (MUST, either)])
            found, scores = self._found(query_, len(keys))
            shares.update(zip(found, (min(1.0, score / whole) for score in scores), strict=True))
        return shares

    @property
    def rarity(self) -> float:
        """The idf of a term that one passage alone holds: what BM25 scores grow with."""
        return _idf(1, len(self))

    def _holding(self, term: str) -> int:
        return int(self._index.searcher().doc_freq("body", term))

    def _segments(self) -> list[list[int]]:
        """Return the keys of each segment, in the order of ``meta.json``."""
        self._index.reload()
        searcher = self._index.searcher()
        found: list[list[int]] = [[] for _ in range(searcher.num_segments)]
        if searcher.num_docs:
            everything = tantivy.Query.all_query()
            hits = searcher.search(everything, limit=searcher.num_docs, count=False).hits
            places = [address for _, address in hits]
            keys = searcher.fast_field_values("key", places)
            for place, key in zip(places, keys, strict=True):
                found[place.segment_ord].append(int(key))
        return found

    def _write(self, keys: Iterable[int], documents: Iterable[tantivy.Document]) -> None:
        try:
            writer = self._index.writer(_HEAP, 1)
        except ValueError as error:
            raise StoreError(
                f"{self._folder}: another process is writing the lexical index",
                hint="wait until that 'domainkit ingest' has ended",
            ) from error
        for key in keys:
            writer.delete_documents_by_term("key", key)
        for document in documents:
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()  # ends the writer, which gives its lock back
        self._index.reload()
        heap.give_back()

    def _passing(self, filter: Filter) -> list[Clause]:
        """Return clauses that keep what passes ``filter`` and add nothing to a score."""
        clauses: list[Clause] = []
        if filter.as_of:
            day = filter.as_of.toordinal()
            clauses += [
                (NOT, self._range("effective_from", lower_bound=day + 1)),
                (NOT, self._range("effective_to", upper_bound=day)),
            ]
        if filter.jurisdiction:
            clauses.append(self._any_of("jurisdiction", [filter.jurisdiction, ""]))
        if filter.groups:
            clauses.append(self._any_of("group", filter.groups))
        return clauses

    def _range(self, field: str, **bounds: int) -> tantivy.Query:
        return tantivy.Query.range_query(self._schema, field, tantivy.FieldType.Integer, **bounds)

    def _any_of(self, field: str, values: Sequence[Any]) -> Clause:
        query = tantivy.Query.term_set_query(self._schema, field, values)
        return MUST, tantivy.Query.const_score_query(query, 0.0)

    def _hits(self, query: tantivy.Query, limit: int) -> list[Hit]:
        """Return at most ``limit`` hits, best first."""
        return list(map(Hit, *self._found(query, limit)))

    def _found(self, query: tantivy.Query, limit: int) -> tuple[list[int], list[float]]:
        """Return the keys of at most ``limit`` hits, best first, and their scores."""
        searcher = self._index.searcher()
        found = searcher.search(query, limit=limit, count=False).hits
        keys = searcher.fast_field_values("key", [address for _, address in found])
        return list(map(int, keys)), [score for score, _ in found]

    def _in_force(self, query: tantivy.Query, width: int, day: int) -> tuple[list[Hit], int]:
        """Return those of the ``width`` best hits in force on ``day``, and how many were met."""
        searcher = self._index.searcher()
        found = searcher.search(query, limit=width, count=False).hits
        places = [address for _, address in found]
        keys, first, last = (
            searcher.fast_field_values(name, places)
            for name in ("key", "effective_from", "effective_to")
        )
        rows = zip(found, keys, first, last, strict=True)
        hits = [Hit(int(key), score) for (score, _), key, a, b in rows if a <= day < b]
        return hits, len(found)


def _removed(segment: dict[str, Any]) -> int:
    """Return how many removed passages a segment of ``meta.json`` still holds."""
    return int((segment["deletes"] or {}).get("num_deleted_docs", 0))


def _idf(holding: int, passages: int) -> float:
    """Return the weight BM25 gives a term; ``holding`` may count passages removed just now."""
    lacking = max(0, passages - holding)
    return math.log(1 + (lacking + 0.5) / (holding + 0.5))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in ("body", "title"):
        builder.add_text_field(field, tokenizer_name=_ANALYSER, index_option="freq")
    for field in ("jurisdiction", "group"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("key", indexed=True, fast=True)
    for field in ("effective_from", "effective_to"):
        builder.add_integer_field(field, fast=True)
    return builder.build()


def _document(entry: Entry) -> tantivy.Document:
    passage = entry.passage
    first, last = days(entry)
    whole = "\n".join((passage.title, *passage.section, *entry.synonyms, passage.text))
    return tantivy.Document(
        body=" ".join(index_terms(whole)),
        title=" ".join(index_terms(f"{passage.title}\n{entry.opening}")),
        key=entry.key,
        effective_from=first,
        effective_to=last,
        jurisdiction=entry.jurisdiction or "",
        group=entry.group,
    )
