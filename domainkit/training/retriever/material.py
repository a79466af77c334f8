"""Pairs of a question and a passage that answers it, and all passages they are told apart from."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domainkit.assistant import Assistant
from domainkit.errors import EvaluationError, TrainingError
from domainkit.evaluation import beir, benchmark
from domainkit.evaluation.setups import NUMBERS
from domainkit.text import sentences, terms
from domainkit.training import recipe as recipes
from domainkit.training import rows as written
from domainkit.training.passages import Passages
from domainkit.types import Entry, Question

# A heading or title of fewer terms asks nothing in particular; a passage of fewer sentences has
# none to spare.
_TERMS = 3
_SENTENCES = 3
# How often the sentence that asks is taken out of the passage: else the model learns to look for
# the same words, which BM25 does already (Lee et al. 2019, inverse cloze task: .9).
_REMOVED = 0.9


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the text of a passage that answers it, and the names of all that do.

    ``group`` is what the pair came from: pairs of one group are held back together. A ``judged``
    pair was written by a person; the others are made from the documents themselves.
    """

    question: str
    text: str
    answers: frozenset[str]
    group: str
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Material:
    """What a retriever is tuned on: ``texts`` by name, and their names found by words alone."""

    pairs: tuple[Pair, ...]
    texts: Mapping[str, str]
    search: Callable[[str, int], Sequence[str]]


@contextmanager
def of_folder(folder: Path) -> Iterator[Material]:
    """Yield the training split of a benchmark's folder: ``train_queries.jsonl`` and its qrels.

    Raises:
        EvaluationError: naming the file that is missing or wrong.
    """
    split = beir.load(folder, prefix="train_")
    texts = texts_of(split.corpus)
    setup = benchmark.Setup(NUMBERS[benchmark.language(split)], "lexical", None)
    with benchmark.indexed(split, setup) as indexed:

        def search(question: str, k: int) -> list[str]:
            return indexed.ranking(indexed.retriever.retrieve(Question(question), k=k))

        yield Material(tuple(_judged(split, texts)), texts, search)


def texts_of(corpus: Path) -> dict[str, str]:
    """Return what is embedded of each document of a benchmark's corpus, by its name."""
    return dict(_documents(corpus))


def _documents(corpus: Path) -> Iterator[tuple[str, str]]:
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield str(record["_id"]), f"{record.get('title', '')}\n{record['text']}".strip()


def groups_of(split: beir.Benchmark) -> dict[str, str]:
    """Return a name for each question, the same for all that share a relevant document.

    Questions with an answer in common teach each other: held back apart, they would promise more
    than new ones keep.
    """
    of: dict[str, str] = {}

    def root(name: str) -> str:
        while of.setdefault(name, name) != name:
            name = of[name]
        return name

    for question in split.questions:
        for document, grade in sorted(split.qrels[question].items()):
            if grade > 0:
                of[root(f"document {document}")] = root(f"question {question}")
    return {question: root(f"question {question}") for question in split.questions}


def _judged(split: beir.Benchmark, texts: Mapping[str, str]) -> Iterator[Pair]:
    groups = groups_of(split)
    for name, question in split.questions.items():
        relevant = frozenset(n for n, grade in split.qrels[name].items() if grade > 0)
        if unknown := relevant - texts.keys():
            raise EvaluationError(
                f"{split.corpus} has no document '{min(unknown)}', which answers '{name}'",
                hint="the second column of train_qrels.tsv is the _id of a document",
            )
        for found in sorted(relevant):
            yield Pair(question, texts[found], relevant, groups[name])


def of_assistant(assistant: Assistant, *, seed: int) -> Material:
    """Return the rows of the assistant and its packs, and pairs made of its documents.

    Raises:
        TrainingError: when nothing can be made of them.
    """
    entries = list(assistant.corpus.store.entries())
    texts = {entry.passage.id: _embedded(entry) for entry in entries}
    rows = list(_rows(assistant, texts))
    made = [pair for entry in entries for pair in _made(entry, seed)]
    if not rows and not made:
        raise TrainingError(
            "no question can be made of these documents: they have no headings and few sentences",
            hint="write rows to train/*.jsonl, or give --from a folder of judged questions",
        )

    def search(question: str, k: int) -> list[str]:
        asked = assistant.question(question)
        return [x.passage.id for x in assistant.retrieve(asked, k=k, mode="lexical")]

    return Material((*rows, *made), texts, search)


def _embedded(entry: Entry) -> str:
    return f"{entry.passage.title}\n{entry.passage.text}".strip()


def _rows(assistant: Assistant, texts: Mapping[str, str]) -> Iterator[Pair]:
    """Yield the rows' questions with the passages they cite that the assistant holds."""
    pack = assistant.pack
    data = [d for name in recipes.names(pack) for d in recipes.find(pack, name).recipe.data]
    found = written.read(pack, data) if data else []
    passages = Passages(pack, found)
    for row in found:
        cited = {p.id: p for p in passages.of(row) if p.id in texts}
        for passage in cited.values() if not row.written.refusal else ():
            answers = frozenset(cited)
            yield Pair(row.written.question, texts[passage.id], answers, row.place)


def _made(entry: Entry, seed: int) -> Iterator[Pair]:
    """Yield what the passage itself asks: its heading, and a sentence taken out of it."""
    passage = entry.passage
    asks = passage.section[-1] if passage.section else passage.title
    body = passage.text.removeprefix(asks).lstrip()  # a passage may begin with its heading
    answers = frozenset([passage.id])
    if len(set(terms(asks))) >= _TERMS:
        yield Pair(asks, body, answers, passage.document_id, judged=False)
    draw = random.Random(f"{seed}:{passage.id}")  # noqa: S311 - not a secret
    spans = sentences(body)
    if len(spans) < _SENTENCES:
        return
    span = draw.choice(spans)
    sentence = body[span.start : span.end]
    if len(set(terms(sentence))) >= _TERMS:
        kept = body[: span.start] + body[span.end :] if draw.random() < _REMOVED else body
        text = f"{passage.title}\n{kept}".strip()
        yield Pair(sentence, text, answers, passage.document_id, judged=False)
