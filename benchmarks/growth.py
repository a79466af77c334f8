"""Whether sources that bring their neighbours along hold more of the answer than more sources do.

    python benchmarks/growth.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Reads the whole
files of legalbenchrag_mini in passages of about 500 characters, as an assistant would.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from report import write
from statistic import interval

from domainkit.evaluation import beir, benchmark, characters, setups
from domainkit.retrieval.surroundings import grown
from domainkit.settings import Settings
from domainkit.types import Question, Retrieved, Span

SET = "legalbenchrag_mini"
GIVEN = ((5, 0), (5, 1), (15, 0), (5, 2), (25, 0), (10, 1), (30, 0))
NOTES = [
    "gold found: the share of the characters that answer which stand in the sources; with 95 % "
    "bootstrap intervals",
    "given: characters of all sources, mean of a question; what a model would read",
    "grow: passages of the same section that each source brings along on each side",
]
Stretch = tuple[str, Span]


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    folder = data / "bench" / SET
    split, wanted = beir.load(folder), characters.gold(folder)
    setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=Settings())
    rows = []
    with benchmark.indexed(split, setup, read=characters.reader(folder)) as indexed:
        asked = {n: t for n, t in split.questions.items() if n in wanted}
        most = max(k for k, _ in GIVEN)
        found = {n: indexed.retriever.retrieve(Question(t), k=most) for n, t in asked.items()}
        for k, grow in GIVEN:
            given = {n: list(_sources(indexed, hits[:k], grow)) for n, hits in found.items()}
            shares = [_share(given[name], wanted[name]) for name in given]
            lengths = [
                sum(span.end - span.start for _, span in sources) for sources in given.values()
            ]
            rows.append(
                {
                    "k": k,
                    "grow": grow,
                    "questions": len(given),
                    "sources": f"{sum(map(len, given.values())) / len(given):.1f}",
                    "given": f"{sum(lengths) / len(given):,.0f}",
                    "gold found": interval(shares),
                }
            )
            print(rows[-1], file=sys.stderr)
    print(write("growth", "python benchmarks/growth.py", rows, NOTES))


def _sources(indexed: benchmark.Indexed, hits: list[Retrieved], grow: int) -> Iterator[Stretch]:
    for item in grown(indexed.store, hits, grow):
        yield indexed.names[item.passage.document_id], item.passage.span


def _share(sources: list[Stretch], wanted: Sequence[Stretch]) -> float:
    held = {(file, at) for file, span in sources for at in range(span.start, span.end)}
    right = {(file, at) for file, span in wanted for at in range(span.start, span.end)}
    return len(held & right) / max(1, len(right))


if __name__ == "__main__":
    main()
