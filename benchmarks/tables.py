"""Whether rows of a table are found better by what they name than as any other document.

    python benchmarks/tables.py [DATA]

DATA is the folder of data; by default DOMAINKIT_DATA or ../shared/data. The table is ChatDoctor's
of diseases, symptoms, tests and medicines; the questions are its dialogues, which were written
from such rows. A dialogue counts whose words name one disease of the table: its row is the right
one. Every second of them chose the weight; the others are reported. Then the table stands beside
the documents of other questions, which should not be answered worse for it.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from report import write
from statistic import interval, paired

from domainkit.evaluation import beir, benchmark, setups
from domainkit.evaluation.beir import Benchmark
from domainkit.evaluation.ranking import by_question
from domainkit.ingestion.folder import ingest
from domainkit.ingestion.places import Source
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.tables import lifted
from domainkit.settings import Settings
from domainkit.store.documents import Store
from domainkit.text import terms
from domainkit.types import Question

RANKED = 100
WEIGHTS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
CHOSEN = Retrieval().table_weight
BESIDE = ("liveqa_open", "medquad")
NOTES = [
    "named: the patient names the disease; symptoms: only the doctor does",
    "as any document: read by the profile plain; keywords: ChatDoctor's own way: a row counts the "
    "words of the question it holds, letter by letter, each the same",
    "table W: read by the profile table and lifted with a table_weight of W; means of one over "
    "the rank on the other half: {chosen}",
    "first, in 5, score: the right row is the first, is among five, one over its rank; beside "
    "other documents the score is nDCG@10 of their questions; with 95 % bootstrap intervals",
    "better: differences to the first line of the kind, question by question",
]
Case = tuple[str, str, str]  # what was asked, the right row, the kind of question
Ranks = dict[str, int]
# Rows with their scores, how much each names, and which row it is.
Listed = tuple[list[tuple[int, float]], Mapping[int, float], dict[int, str]]


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    folder = data / "finetune" / "chatdoctor"
    table = folder / "format_dataset.csv"
    lines = csv.DictReader(table.open(encoding="utf-8"))
    rows = {str(number): row for number, row in enumerate(lines, 1)}
    cases = {str(n): case for n, case in enumerate(_cases(folder / "chatdoctor5k.json", rows))}
    split = Benchmark(
        "chatdoctor",
        table,
        {name: case[0] for name, case in cases.items()},
        {name: {case[1]: 1} for name, case in cases.items()},
    )
    chosen_by = [name for name in cases if int(name) % 2]
    reported = [name for name in cases if not int(name) % 2]
    with _indexed(split, [table], 0.0) as indexed:
        ways = {"as any document": _ranks(indexed, cases, reported)}
    ways["keywords"] = {name: _by_keywords(cases[name], rows) for name in reported}
    with _indexed(split, [Source(table, "table")], 0.0) as indexed:
        keys = {entry.passage.id: entry.key for entry in indexed.store.entries()}
        lists = {name: _listed(indexed, keys, case[0]) for name, case in cases.items()}
    means = {}
    for weight in WEIGHTS:
        ranks = {n: _lifted_rank(*lists[n], cases[n][1], weight) for n in chosen_by}
        means[weight] = sum(1 / rank for rank in ranks.values()) / len(ranks)
    for weight in (0.0, CHOSEN):
        ways[f"table {weight}"] = {
            name: _lifted_rank(*lists[name], cases[name][1], weight) for name in reported
        }
    table_rows = [*_table(ways, cases, reported)]
    for name in BESIDE:
        table_rows += _beside(data / "bench" / name, table, CHOSEN)
        print(table_rows[-1], file=sys.stderr)
    said = ", ".join(f"{weight}: {mean:.3f}" for weight, mean in means.items())
    notes = [note.format(chosen=said) for note in NOTES]
    print(write("tables", "python benchmarks/tables.py", table_rows, notes))


def _listed(indexed: benchmark.Indexed, keys: Mapping[str, int], text: str) -> Listed:
    """Return the rows found with their scores, and how much they name of ``text``."""
    retriever = indexed.retriever
    found = [(keys[r.passage.id], r) for r in retriever.retrieve(Question(text), k=RANKED)]
    named = retriever._tables.named(retriever._indexes.lexical.idf(text))
    names = {key: indexed.ranking([item])[0] for key, item in found}
    return [(key, item.score) for key, item in found], named, names


def _lifted_rank(
    scores: Sequence[tuple[int, float]],
    named: Mapping[int, float],
    names: Mapping[int, str],
    right: str,
    weight: float,
) -> int:
    ranking = [names[key] for key, _ in lifted(scores, named, weight)]
    return ranking.index(right) + 1 if right in ranking else 10_000


def _indexed(
    split: Benchmark, files: Sequence[Path | Source], weight: float
) -> AbstractContextManager[benchmark.Indexed]:
    setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=Settings())
    numbers = setup.numbers.model_copy(update={"table_weight": weight})

    def read(store: Store, base: Path) -> None:
        ingest(files, store, base=base)

    return benchmark.indexed(split, replace(setup, numbers=numbers), read=read)


def _weigh(indexed: benchmark.Indexed, weight: float) -> None:
    retriever = indexed.retriever
    retriever._numbers = retriever._numbers.model_copy(update={"table_weight": weight})


def _ranks(indexed: benchmark.Indexed, cases: Mapping[str, Case], names: Sequence[str]) -> Ranks:
    found = {}
    for name in names:
        asked, right, _ = cases[name]
        ranking = indexed.ranking(indexed.retriever.retrieve(Question(asked), k=RANKED))
        found[name] = ranking.index(right) + 1 if right in ranking else 10_000
    return found


def _beside(folder: Path, table: Path, chosen: float) -> Iterator[dict[str, str]]:
    """Yield how questions on other documents fare with the table beside those."""
    split = beir.load(folder)
    base: list[float] = []
    with _indexed(split, [split.corpus, Source(table, "table")], 0.0) as indexed:
        for weight in (0.0, chosen):
            _weigh(indexed, weight)
            rankings = {
                name: indexed.ranking(indexed.retriever.retrieve(Question(text), k=3 * RANKED))
                for name, text in split.questions.items()
            }
            each = by_question(rankings, split.qrels)
            scores = [each[name]["ndcg@10"] for name in split.questions if name in each]
            base = base or scores
            yield {
                "questions": f"{folder.name} ({len(scores)})",
                "way": f"table {weight} beside it",
                "first": "",
                "in 5": "",
                "score": interval(scores),
                "better": paired(scores, base) if weight else "",
            }


def _cases(path: Path, rows: Mapping[str, Mapping[str, str]]) -> list[Case]:
    """Return what was asked, the right row, and whether the disease is named."""
    names = {" ".join(row["disease"].lower().split()): number for number, row in rows.items()}
    longest = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    naming = re.compile(rf"\b(?:{longest})\b")
    cases = []
    for dialogue in json.loads(path.read_text(encoding="utf-8")):
        asked = " ".join(dialogue["input"].split())
        said = set(naming.findall(" ".join(dialogue["output"].lower().split())))
        named = set(naming.findall(asked.lower()))
        if len(said | named) == 1 and asked:
            (name,) = said | named
            cases.append((asked, names[name], "named" if named else "symptoms"))
    return list({case[0]: case for case in cases}.values())


def _by_keywords(case: Case, rows: Mapping[str, Mapping[str, str]]) -> int:
    """Return the rank of the right row; of those that count alike, half stand before it."""
    words = {w for w in re.findall(r"[a-z]+", case[0].lower()) if terms(w)}
    held = {n: sum(w in " ".join(row.values()).lower() for w in words) for n, row in rows.items()}
    own = held[case[1]]
    above = sum(count > own for count in held.values())
    return 1 + above + (sum(count == own for count in held.values()) - 1) // 2


def _table(
    ways: Mapping[str, Ranks], cases: Mapping[str, Case], reported: Sequence[str]
) -> Iterator[dict[str, str]]:
    for kind in ("named", "symptoms"):
        names = [name for name in reported if cases[name][2] == kind]
        base: list[float] = []
        for way, found in ways.items():
            ranks = [found[name] for name in names]
            scores = [1 / rank for rank in ranks]
            base = base or scores
            yield {
                "questions": f"{kind} ({len(names)})",
                "way": way,
                "first": interval(rank == 1 for rank in ranks),
                "in 5": interval(rank <= 5 for rank in ranks),
                "score": interval(scores),
                "better": "" if way == "as any document" else paired(scores, base),
            }


if __name__ == "__main__":
    main()
