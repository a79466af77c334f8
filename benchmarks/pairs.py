"""Whether looking up (entity, attribute) pairs finds more than searching: BenTsao's knowledge.

    python benchmarks/pairs.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. BenTsao reads
the centre word and the attribute out of a question and looks the pair up. Here the centre word is
the title a question holds all the words of, the longest there is, and the attribute an aspect of
the ranker's; what the pair names comes first, behind it what searching finds.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from report import write
from statistic import interval, paired

from domainkit.evaluation import beir, benchmark, setups
from domainkit.evaluation.ranking import by_question
from domainkit.retrieval.ranker import LearnedRanker, default
from domainkit.settings import Settings
from domainkit.text import terms
from domainkit.types import Passage, Question

SETS = ("medquad", "liveqa_open")
DEPTH = 300
TOLD = 0.5  # of the ranker's aspect: half of the words that tell it
NOTES = [
    "nDCG@10 with 95 % bootstrap intervals; better: differences to search, question by question",
    "search: the default, with the learned ranker; without: what words and meaning find alone",
    "found: questions for which a pair is found",
]


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    rows = []
    for name in SETS:
        split = beir.load(data / "bench" / name)
        setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=Settings())
        with benchmark.indexed(split, setup) as indexed:
            searched = _rankings(indexed, split)
            lookup = _Lookup(indexed)
            pairs = {n: lookup.named(text) for n, text in split.questions.items()}
        with benchmark.indexed(split, replace(setup, reranker=None)) as indexed:
            plain = _rankings(indexed, split)
        ways = {
            "search": searched,
            "pairs, then search": _first(pairs, searched),
            "search without ranker": plain,
            "pairs, then search without ranker": _first(pairs, plain),
        }
        scored = {way: by_question(found, split.qrels) for way, found in ways.items()}
        judged = [n for n in split.questions if n in scored["search"]]
        base = [scored["search"][n]["ndcg@10"] for n in judged]
        for way, each in scored.items():
            values = [each[n]["ndcg@10"] for n in judged]
            rows.append(
                {
                    "set": f"{name} ({len(judged)})",
                    "way": way,
                    "found": sum(bool(pairs[n]) for n in judged) if "pairs" in way else "",
                    "nDCG@10": interval(values),
                    "better": "" if way == "search" else paired(values, base),
                }
            )
        print(rows[-4:], file=sys.stderr)
    print(write("pairs", "python benchmarks/pairs.py", rows, NOTES))


class _Lookup:
    """The passages of a store by the terms of their titles."""

    def __init__(self, indexed: benchmark.Indexed) -> None:
        self._indexed = indexed
        self._ranker = LearnedRanker(default())
        self._titled: defaultdict[frozenset[str], list[Passage]] = defaultdict(list)
        for entry in indexed.store.entries():
            self._titled[frozenset(terms(entry.passage.title))].append(entry.passage)

    def named(self, question: str) -> list[str]:
        """Return the documents of the pair that a question names; none without both parts."""
        asked = frozenset(terms(question))
        held = [title for title in self._titled if title and title <= asked]
        longest = max(map(len, held), default=0)
        plain = question.lower()
        if not any(wanted.search(plain) for wanted, _ in self._ranker._aspects):
            return []
        tells = self._ranker._aspect(question)
        told = [
            (tells(passage), passage)
            for title in held
            if len(title) == longest
            for passage in self._titled[title]
        ]
        best = sorted((p for p in told if p[0] >= TOLD), key=lambda pair: -pair[0])
        return list(dict.fromkeys(self._indexed.names[p.document_id] for _, p in best))


def _rankings(indexed: benchmark.Indexed, split: beir.Benchmark) -> dict[str, list[str]]:
    return {
        name: indexed.ranking(indexed.retriever.retrieve(Question(text), k=DEPTH))
        for name, text in split.questions.items()
    }


def _first(
    pairs: Mapping[str, Sequence[str]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    return {n: list(dict.fromkeys([*pairs[n], *found])) for n, found in rankings.items()}


if __name__ == "__main__":
    main()
