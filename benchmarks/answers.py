"""Says what answers are worth: against what experts wrote, and against simpler ways to answer.

    python benchmarks/answers.py [DATA] [--model]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. ``--model``
has the embedded model answer a few as well, which takes seconds for each.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from report import write
from statistic import interval, paired

from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.prompt import compose
from domainkit.guards import citations
from domainkit.guards.grounding import support
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.text import sentences, terms
from domainkit.types import Passage, Prompt, Question, Retrieved, Span

COMMAND = "python benchmarks/answers.py"
# Of the questions in their shuffled order, those that chose the extractive generator's numbers.
TUNED = slice(300, 700)
SAMPLE_OF_A_MODEL = 8
SUPPORTED = 30  # of them are held against their sources: each sentence takes some milliseconds
TOKENS = 160  # the most of an answer, as the settings have it
SEED = 7
MODEL = "smollm2-135m-instruct"

NOTES = [
    "development questions with their gold passages, without those that chose the extractive "
    f"generator's numbers, seed {SEED}; means with 95 % bootstrap intervals",
    "bioasq: ROUGE-2 and ROUGE-L F1 against the nearest of the experts' answers",
    "covidqa: the gold span stands in the answer",
    f"support: share of statements as written that their sources support, of {SUPPORTED} a set",
    "better by: mean of the differences question by question, its 95 % bootstrap interval, and "
    "the share of 10,000 random changes of their signs that give as much",
]

Judged = list[tuple[Prompt, list[str]]]
Scores = dict[str, "list[float]"]


def main() -> None:
    arguments = [a for a in sys.argv[1:] if a != "--model"]
    data = Path(arguments[0] if arguments else os.environ.get("DOMAINKIT_DATA", "../shared/data"))
    bioasq = sets(data / "bench" / "bioasq", "ideal")
    covidqa = sets(data / "bench" / "covidqa", "answers")
    extractive = ExtractiveGenerator()
    ways: dict[str, Callable[[Prompt], str]] = {
        "extractive": lambda prompt: extractive.generate(prompt).text,
        "first three sentences": _first_three,
        "sentence with most of the question": _most_shared,
    }
    scored = {name: _scored(way, bioasq, covidqa) for name, way in ways.items()}
    ours = scored["extractive"]
    rows = [_row(name, scores, ours) for name, scores in scored.items()]
    if "--model" in sys.argv:
        few = slice(SAMPLE_OF_A_MODEL)
        held = _scored(ways["extractive"], bioasq[few], covidqa[few])
        rows.append(_row(f"extractive, {SAMPLE_OF_A_MODEL} questions", held, held))
        rows.append(_row(MODEL, _scored(_model(), bioasq[few], covidqa[few]), held))
    counted = f"bioasq: {len(bioasq)} questions; covidqa: {len(covidqa)}"
    print(write("answers", COMMAND, rows, [counted, *NOTES]))


def _model() -> Callable[[Prompt], str]:
    model = OpenVinoGenerator(cache.path(MODEL), name=MODEL, max_tokens=TOKENS)
    pack = loader.load("biomedical")

    def written(prompt: Prompt) -> str:
        question = prompt.question or Question("")
        composed = compose(pack, question, prompt.sources, budget=1024, count=model.count)
        return model.generate(composed).text

    return written


def _scored(way: Callable[[Prompt], str], bioasq: Judged, covidqa: Judged) -> Scores:
    ours = [(prompt, way(prompt), ideal) for prompt, ideal in bioasq]
    spans = [(prompt, way(prompt), gold) for prompt, gold in covidqa]
    plain = [(bare(text), ideal) for _, text, ideal in ours]
    return {
        "bioasq ROUGE-2": [max(_rouge_2(text, i) for i in ideal) for text, ideal in plain],
        "bioasq ROUGE-L": [max(rouge_l(text, i) for i in ideal) for text, ideal in plain],
        "covidqa span": [float(any(holds(text, g) for g in gold)) for _, text, gold in spans],
        "words": [float(len(_words(bare(text)))) for _, text, _ in (*ours, *spans)],
        "support": [
            support(citations.draft(prompt.question or Question(""), prompt, text))
            for prompt, text, _ in (*ours[:SUPPORTED], *spans[:SUPPORTED])
        ],
    }


def _row(name: str, scores: Scores, ours: Scores) -> dict[str, object]:
    row: dict[str, object] = {"answers": name}
    row |= {score: interval(values) for score, values in scores.items()}
    for score in ("bioasq ROUGE-2", "bioasq ROUGE-L", "covidqa span"):
        row[f"{score}: extractive better by"] = (
            paired(ours[score], scores[score]) if scores is not ours else ""
        )
    return row


def sets(folder: Path, answers: str) -> Judged:
    """Return questions with their gold passages and what experts answered, in a fixed order."""
    questions = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    corpus = {row["_id"]: row for row in _rows(folder / "corpus.jsonl")}
    gold: dict[str, list[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, _ = line.split("\t")
        gold.setdefault(question, []).append(document)
    judged = []
    for row in _rows(folder / "answers.jsonl"):
        found = [corpus[i] for i in gold.get(row["_id"], [])[:5] if i in corpus]
        if found and row[answers]:
            sources = tuple(_source(d, number) for number, d in enumerate(found, start=1))
            judged.append((Prompt((), sources, Question(questions[row["_id"]])), row[answers]))
    random.Random(SEED).shuffle(judged)  # noqa: S311 (a sample, no secret)
    return judged[: TUNED.start] + judged[TUNED.stop :]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _source(row: dict[str, str], number: int) -> Retrieved:
    text = row["text"]
    passage = Passage(row["_id"], row["_id"], row["title"], "", Span(0, len(text)), text)
    return Retrieved(passage, 1.0, number)  # all of them are gold


def _spoken(prompt: Prompt) -> list[str]:
    return [span.of(s.passage.text) for s in prompt.sources for span in sentences(s.passage.text)]


def _first_three(prompt: Prompt) -> str:
    return " ".join(_spoken(prompt)[:3])


def _most_shared(prompt: Prompt) -> str:
    asked = set(terms(prompt.question.text if prompt.question else ""))
    return max(_spoken(prompt), key=lambda text: len(asked & set(terms(text))))


def holds(text: str, wanted: str) -> bool:
    """Return whether ``wanted`` stands in an answer, word for word."""
    return bool(_words(wanted)) and " ".join(_words(wanted)) in " ".join(_words(bare(text)))


def bare(text: str) -> str:
    """Return an answer without its markers."""
    return re.sub(r"\s*\[\d+\]", "", text)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _rouge_2(text: str, ideal: str) -> float:
    ours, theirs = _words(text), _words(ideal)
    pairs = Counter(itertools.pairwise(ours))
    wanted = Counter(itertools.pairwise(theirs))
    return _f1((pairs & wanted).total(), pairs.total(), wanted.total())


def rouge_l(text: str, ideal: str) -> float:
    """Return the F1 of the longest run of words that both have in order."""
    ours, theirs = _words(text), _words(ideal)
    row = [0] * (len(theirs) + 1)
    for word in ours:
        above = row
        row = [0]
        for i, other in enumerate(theirs):
            row.append(above[i] + 1 if word == other else max(above[i + 1], row[i]))
    return _f1(row[-1], len(ours), len(theirs))


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0


if __name__ == "__main__":
    main()
