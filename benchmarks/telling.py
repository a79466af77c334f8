"""Fits what orders the best passages by what they tell, and measures it.

    python -m benchmarks.telling [PACK ...]

Fitted on the packs' training questions (whose answers cite what answers); measured on those, on
the judged questions and on the fresh ones of ``benchmarks/questions``, none of which it learns.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Row, write
from domainkit.assistant import Assistant
from domainkit.assistant.conversation import condense
from domainkit.evaluation import suite
from domainkit.evaluation.gold import GoldFinder
from domainkit.evaluation.scoring import names
from domainkit.packs import loader, scaffold
from domainkit.packs.schemas.rows import FileSource
from domainkit.retrieval.telling import LOOKED, WEIGHTS, Telling
from domainkit.types import Message, Question

PACKS = ("medical", "legal", "biomedical")
FRESH = Path("benchmarks/questions")
GIVEN = 5  # passages an answer is made of
RIDGE = 1.0  # .3 and 3 give the same figures but for two questions in a thousand
STEPS = 30  # Newton's: it stands still after ten
FEATURES = ("score", *WEIGHTS)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question's best passages: features of each, and which of them must be cited."""

    pack: str
    questions: str
    rows: Floats
    right: NDArray[np.bool_]


def main() -> None:
    """Fit, measure and write the table."""
    parser = argparse.ArgumentParser(description="Fit the order of the best passages.")
    parser.add_argument("packs", nargs="*", default=PACKS)
    given = parser.parse_args()
    cases = [case for pack in given.packs for case in asked(pack)]
    weights = fit([case for case in cases if case.questions == "training"])
    weights /= weights[0]
    print(dict(zip(FEATURES, np.round(weights, 2).tolist(), strict=True)), file=sys.stderr)
    now = np.array([1.0, *WEIGHTS.values()])
    command = " ".join(["python -m benchmarks.telling", *sys.argv[1:]])
    print(write("telling", command, [*table(cases, now, weights)], NOTES))


NOTES = [
    "first: the passage that must be cited is the best; given: it is among the five an answer is "
    "made of; by words alone, as the packs search without a model",
    "before: by the fused score; told: by the weights of domainkit/retrieval/telling.py; fitted: "
    "by those that this run fitted on the training questions",
]


def asked(pack: str) -> Iterator[Case]:
    """Yield a case for each question of ``pack`` that is to be answered."""
    language = loader.load(pack).manifest.languages[0]
    with TemporaryDirectory() as name:
        folder = Path(name) / pack
        planned = scaffold.plan(
            pack, domain=pack, language=language, folder=folder, base=Path(name)
        )
        scaffold.write(planned)
        with closing(Assistant.open(folder, overrides={"tier": "extractive"})) as assistant:
            assistant.ingest()
            for kind, question, gold in (*_trained(assistant), *_judged(assistant)):
                if (case := _case(assistant, kind, question, gold)) is not None:
                    yield case


Asked = tuple[str, Question, frozenset[str]]


def _trained(assistant: Assistant) -> Iterator[Asked]:
    """Yield the training questions with the passages that their answers cite."""
    finder = GoldFinder(assistant.corpus.store, assistant.folder)
    root = assistant.pack.folders[-1]
    for line in (root / "train/rows.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sources = enumerate(row.get("sources", ()), start=1)
        cited = set(map(int, re.findall(r"\[(\d+)\]", row.get("answer", ""))))
        named = [source for number, source in sources if number in cited and "path" in source]
        golds = [finder.find(FileSource.model_validate(s), [root]).passages for s in named]
        if golds and all(golds):
            yield "training", assistant.question(row["question"]), frozenset(sum(golds, ()))


def _judged(assistant: Assistant) -> Iterator[Asked]:
    """Yield the judged questions and the fresh ones, with what they must cite."""
    finder = GoldFinder(assistant.corpus.store, assistant.folder)
    root = assistant.pack.folders[-1]
    fresh = suite.load(assistant.pack, [FRESH / f"sources-{root.name}.jsonl"])
    for kind, suites in (("judged", suite.load(assistant.pack)), ("fresh", fresh)):
        for one in suites.asked:
            row = one.question
            if row.expect == "answered" and row.must_cite:
                question = assistant.question(
                    row.question,
                    history=[Message(turn.role, turn.content) for turn in row.history],
                    as_of=row.as_of,
                    jurisdiction=row.jurisdiction,
                )
                found = [finder.find(source, (root, *one.folders)) for source in row.must_cite]
                yield kind, question, frozenset(p for one in found for p in one.passages)


def _case(
    assistant: Assistant, kind: str, question: Question, gold: frozenset[str]
) -> Case | None:
    question = condense(question)
    found = [f for f in assistant.retrieve(question, k=2 * LOOKED) if "cited" not in f.via]
    best = sorted(found, key=lambda item: -item.score)[:LOOKED]
    if not best:
        return None
    passages = [item.passage for item in best]
    idf, _ = assistant.corpus.retriever.rarities(question)
    seen = Telling(assistant.corpus.store).features(question.search_text, passages, idf)
    rows = [[item.score, *row.values()] for item, row in zip(best, seen, strict=True)]
    right = [bool(gold.intersection(names(item))) for item in best]
    return Case(
        assistant.pack.manifest.extends or assistant.pack.name,
        kind,
        np.array(rows),
        np.array(right),
    )


def fit(cases: Sequence[Case]) -> Floats:
    """Return the weights that make what must be cited likeliest to be first (ListNet, a ridge)."""
    weights = np.zeros(len(FEATURES))
    learnt = [(c.rows - c.rows.mean(0), c.right / c.right.sum()) for c in cases if c.right.any()]
    for _ in range(STEPS):
        slope, curve = RIDGE * weights, RIDGE * np.eye(len(weights))
        for rows, wanted in learnt:
            said = rows @ weights
            likely = np.exp(said - said.max())
            likely /= likely.sum()
            slope = slope + rows.T @ (likely - wanted)
            curve = curve + rows.T @ (np.diag(likely) - np.outer(likely, likely)) @ rows
        weights = weights - np.linalg.solve(curve, slope)
    return weights


def table(cases: Sequence[Case], told: Floats, fitted: Floats) -> Iterator[Row]:
    """Yield a row for each pack and kind of questions."""
    before = np.eye(len(FEATURES))[0]
    for pack, kind in dict.fromkeys((case.pack, case.questions) for case in cases):
        ours = [case for case in cases if (case.pack, case.questions) == (pack, kind)]
        row: dict[str, object] = {"pack": pack, "questions": kind, "asked": len(ours)}
        for name, weights in (("before", before), ("told", told), ("fitted", fitted)):
            places = [_place(case, weights) for case in ours]
            row[f"first, {name}"] = sum(place == 0 for place in places)
            row[f"given, {name}"] = sum(place < GIVEN for place in places)
        yield row


def _place(case: Case, weights: Floats) -> int:
    """Return at which place what must be cited stands; behind the last where it is not there."""
    order = np.argsort(-(case.rows @ weights), kind="stable").tolist()
    return next((n for n, i in enumerate(order) if case.right[i]), len(order))


if __name__ == "__main__":
    main()
