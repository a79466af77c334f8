"""Asks questions whose answers are known; says of each whether what was found suffices."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from domainkit.assistant import Assistant
from domainkit.errors import EvaluationError
from domainkit.evaluation.sufficiency import Case
from domainkit.guards import evidence
from domainkit.packs.checking import validated
from domainkit.packs.files import read_rows
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.packs.schemas.sufficiency import searched
from domainkit.retrieval.retriever import Mode
from domainkit.types import Question, Retrieved

FOUND = 60  # passages among which enough remain when a question's own are left out

Gold = Callable[[Retrieved], bool]


def asked(
    retrieve: Callable[..., list[Retrieved]],
    rarities: Callable[[Question], tuple[dict[str, float], float]],
    question: Question,
    gold: Gold,
    *,
    given: int,
    mode: Mode = "hybrid",
) -> Iterator[tuple[dict[str, float], bool]]:
    """Yield what is measured of a question as it is, and with its documents left out.

    Each comes with whether what a generator would be given suffices.

    Args:
        retrieve: finds passages, as ``Assistant.retrieve`` does.
        rarities: weighs the question's terms, as ``Retriever.rarities`` does.
        question: what is asked.
        gold: tells whether a passage answers it.
        given: how many passages a generator is given.
        mode: which indexes are asked.
    """
    found = retrieve(question, k=FOUND, mode=mode)
    documents = {item.passage.document_id for item in found if gold(item)}
    idf, rarity = rarities(question)
    others = [item for item in found if item.passage.document_id not in documents]
    gone = [item for item in found if item.passage.document_id in documents]
    ways = [(found, idf)]
    if documents:
        ways.append((others, _without(gone, idf, rarity)))
    for kept, weights in ways:
        measured = evidence.measure(
            question.search_text, kept, weights, rarity=rarity, given=given
        )
        if measured:
            yield measured, any(gold(item) for item in kept[:given])


def _without(
    gone: Sequence[Retrieved], idf: Mapping[str, float], rarity: float
) -> dict[str, float]:
    """Return what terms weigh had the passages that are ``gone`` not held them.

    Else a word that these alone hold would be known to a corpus that has left them out. As many
    passages are counted as before: a model must not tell by their number what was left out.
    """
    texts = [evidence.terms_of(item) for item in gone]
    passages = 1.5 * math.expm1(rarity) + 0.5
    weights = {}
    for term, weight in idf.items():
        odds = math.expm1(weight)
        holding = (passages + 0.5 - 0.5 * odds) / (1 + odds)
        left = max(0.0, holding - sum(term in text for text in texts))
        weights[term] = math.log1p((passages - left + 0.5) / (left + 0.5))
    return weights


def read(path: Path) -> list[EvalQuestion]:
    """Return the judged questions of a file, one JSON object a line.

    Raises:
        PackProblems: naming the line and key of whatever does not fit.
    """
    found = []
    for line, value in read_rows(path, path.name):
        if isinstance(value, Problem):
            raise PackProblems([value], hint="write one JSON object a line")
        found.append(_question(value, f"{path.name}:{line}"))
    return found


def _question(value: Any, place: str) -> EvalQuestion:
    return validated(EvalQuestion, value, lambda _: place)


def of_assistant(
    assistant: Assistant, questions: Sequence[EvalQuestion], *, corpus: str = "own"
) -> Iterator[Case]:
    """Yield the cases of the ``questions`` that an assistant's documents answer, or do not.

    A question is told to be answered by the words it must cite. Those that are to be refused or
    escalated, that continue a conversation or must cite no words say nothing of sufficiency.

    Raises:
        EvaluationError: when none of them does.
    """
    given = assistant.pack.manifest.retrieval.k
    documents = assistant.counts().documents
    vectors = assistant.corpus.embedder is not None
    cases = 0
    for row in questions:
        quotes = [source.quote for source in row.must_cite if source.quote]
        if row.history or not (quotes or row.expect == "insufficient"):
            continue
        question = assistant.question(row.question, as_of=row.as_of, jurisdiction=row.jurisdiction)
        how = searched(row.language, vectors=vectors)
        gold = partial(holds, quotes)
        for measured, suffices in asked(
            assistant.retrieve, assistant.corpus.retriever.rarities, question, gold, given=given
        ):
            cases += 1
            yield Case(how, corpus, 0, documents, row.id, measured, suffices)
    if not cases:
        raise EvaluationError(
            "no question says which words answer it, or that none do",
            hint='give questions with "must_cite": [{"path": …, "quote": …}] or '
            '"expect": "insufficient"',
        )


def holds(quotes: Sequence[str], item: Retrieved) -> bool:
    """Return whether a passage holds any of ``quotes``, whatever the spaces."""
    text = "".join(item.passage.text.split())
    return any("".join(quote.split()) in text for quote in quotes)
