"""Asks the packs as they stand, and benchmarks: do citations resolve, and to what they should?

    python benchmarks/citations.py [resolve] [gold] [repair] [latency] [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Without names
of parts all are run. The table `citations-PART` is written for each.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from repairs import MODEL, answered, generators, repaired
from report import write
from statements import said_otherwise, statements
from statistic import interval

from domainkit.assistant import Assistant
from domainkit.evaluation import beir, benchmark, setups
from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.generation.prompt import compose
from domainkit.guards import citations
from domainkit.guards.pipeline import GuardPipeline
from domainkit.packs import loader
from domainkit.packs.works import Works
from domainkit.protocols import Generator
from domainkit.settings import Settings
from domainkit.store.documents import Store
from domainkit.types import Citation, Draft, Prompt, Question, Retrieved, Turn

COMMAND = "python benchmarks/citations.py"
PACKS = ("medical", "biomedical", "legal")
SEED = 7
DOCUMENTS = 800  # of a benchmark's documents, its questions' own among them
QUESTIONS = {"extractive": 300, MODEL: 40}
GIVEN = 5


def main() -> None:
    known = {"resolve": _resolve, "gold": _gold, "repair": repaired, "latency": _latency}
    named = [name for name in sys.argv[1:] if name in known]
    rest = [name for name in sys.argv[1:] if name not in known]
    data = Path(rest[0] if rest else os.environ.get("DOMAINKIT_DATA", "../shared/data"))
    for name in named or known:
        rows, notes = known[name](data / "bench")
        print(write(f"citations-{name}", f"{COMMAND} {name}", rows, notes))


Table = tuple[list[Mapping[str, object]], list[str]]


# -- every citation of the packs' own answers -------------------------------------------------


def _resolve(bench: Path) -> Table:
    """Ask each pack its own rows and sentences; hold each citation against the store."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        asked = _questions(Path(place))
        for pack in PACKS:
            assistant = _assistant(Path(place) / f"{pack}-assistant", pack)
            turns = [assistant.ask(assistant.question(text)) for text in asked[pack]]
            store = Store.open(assistant.layout.store)
            made = [(turn, c) for turn in turns for c in turn.answer.citations]
            broken = [_unresolved(store, turn, c) for turn, c in made]
            rows.append(
                {
                    "pack": pack,
                    "asked": len(turns),
                    "answered": sum(turn.answer.status == "answered" for turn in turns),
                    "citations": len(made),
                    "do not resolve": sum(broken),
                    "markers without a citation": sum(_stray(turn) for turn in turns),
                }
            )
            store.close()
            assistant.close()
    names = list(rows[0])[1:]
    rows.append({"pack": "all", **{name: sum(int(row[name]) for row in rows) for name in names}})
    return rows, [
        "questions: the packs' training and evaluation questions, the place of each sentence of "
        "their knowledge, and that sentence as it stands and in other words; the extractive tier",
        "a citation resolves when its marker names the source it quotes, and the document has the "
        "quoted words at the span it gives",
    ]


def _questions(place: Path) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {pack: [] for pack in PACKS}
    for pack in PACKS:
        folder = loader.load(pack).folder
        for path in (folder / "train" / "rows.jsonl", folder / "eval" / "questions.jsonl"):
            lines = path.read_text("utf-8").splitlines()
            asked[pack] += [json.loads(line)["question"] for line in lines]
    chance = random.Random(SEED)  # noqa: S311 - a sample, no secret
    for statement in statements(place):
        about = f"{statement.passage.title}, {statement.passage.locator}"
        otherwise = said_otherwise(statement.text, chance)
        asked[statement.pack] += [statement.text, about, *([otherwise] if otherwise else [])]
    return {pack: list(dict.fromkeys(texts)) for pack, texts in asked.items()}


def _assistant(folder: Path, pack: str) -> Assistant:
    run = [sys.executable, "-m", "domainkit"]
    new = [*run, "new", "assistant", "--domain", pack, "--dir", str(folder)]
    subprocess.run(new, check=True, stdout=subprocess.DEVNULL)
    assistant = Assistant.open(folder, overrides={"tier": "extractive"})
    assistant.ingest()
    return assistant


def _unresolved(store: Store, turn: Turn, citation: Citation) -> bool:
    number = int(citation.marker[1:-1])
    sources = turn.prompt.sources if turn.prompt else ()
    if not 1 <= number <= len(sources) or citation.marker not in turn.answer.text:
        return True
    document = store.document(citation.document_id)
    same = sources[number - 1].passage.id == citation.passage_id
    return not same or citation.quote_span.of(document.text) != citation.quote


def _stray(turn: Turn) -> int:
    markers = set(re.findall(r"\[\d+\]", turn.answer.text))
    return len(markers - {citation.marker for citation in turn.answer.citations})


# -- whether what is cited is what experts marked ----------------------------------------------


def _gold(bench: Path) -> Table:
    """Ask questions of benchmarks; hold the cited documents against the relevant ones."""
    rows = []
    for name in ("covidqa", "bioasq"):
        cases = list(_cases(bench / name, max(QUESTIONS.values())))
        for generator in generators():
            some = cases[: QUESTIONS.get(generator.id.rpartition(":")[2], QUESTIONS["extractive"])]
            ways = {generator.id: _alone}
            if not isinstance(generator, ExtractiveGenerator):
                ways[f"{generator.id}, as an assistant shows it"] = _shown
            for way, cited in ways.items():
                made = [
                    [names[c.document_id] in relevant for c in cited(generator, prompt)]
                    for prompt, relevant, names in some
                ]
                rows.append({"set": name, "answers": way, **_counted(made)})
    return rows, [
        f"{DOCUMENTS} documents a set, its questions' own among them; the {GIVEN} passages an "
        "assistant finds by words and meaning; questions whose gold passage is not among them are "
        "left out: what retrieval finds is measured elsewhere",
        "citations that are left once unsupported sentences are; a passage that is not gold may "
        "say the same; answers that cite one: of those with a citation; 95 % bootstrap intervals",
        "as an assistant shows it: sentences written anew, or the documents' own where too little "
        "of what the model wrote is supported",
    ]


def _alone(generator: Generator, prompt: Prompt) -> Sequence[Citation]:
    return citations.supported(_written(generator, prompt)).citations


def _shown(generator: Generator, prompt: Prompt) -> Sequence[Citation]:
    return answered(generator, prompt).written.answer.citations


def _counted(made: Sequence[Sequence[bool]]) -> Mapping[str, object]:
    """Return what is said of answers, each the list of whether its citations are of gold."""
    citing = [gold for gold in made if gold]
    return {
        "asked": len(made),
        "with a citation": len(citing),
        "citations": sum(map(len, citing)),
        "of a gold passage": interval([each for gold in citing for each in gold]),
        "answers that cite one": interval([any(gold) for gold in citing]),
    }


def _cases(folder: Path, most: int) -> Iterator[tuple[Prompt, set[str], Mapping[str, str]]]:
    chance = random.Random(f"{SEED} {folder.name}")  # noqa: S311 - a sample, no secret
    with tempfile.TemporaryDirectory() as name:
        judged = beir.load(_sampled(folder, Path(name) / folder.name, chance))
        setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=Settings())
        with benchmark.indexed(judged, setup) as corpus:
            found = 0
            for key, text in judged.questions.items():
                relevant = {d for d, grade in judged.qrels[key].items() if grade > 0}
                sources = corpus.retriever.retrieve(Question(text), k=GIVEN)
                if relevant & set(corpus.ranking(sources)) and found < most:
                    found += 1
                    yield Prompt((), tuple(sources), Question(text)), relevant, dict(corpus.names)


def _sampled(folder: Path, target: Path, chance: random.Random) -> Path:
    judged = beir.load(folder)
    lines = {json.loads(x)["_id"]: x for x in judged.corpus.read_text("utf-8").splitlines()}
    questions = chance.sample(sorted(judged.questions), len(judged.questions))
    kept: set[str] = set()
    asked = []
    for question in questions:
        own = {d for d, grade in judged.qrels[question].items() if grade > 0}
        if own and len(kept | own) <= DOCUMENTS // 2:
            kept |= own
            asked.append(question)
    kept |= set(chance.sample(sorted(set(lines) - kept), DOCUMENTS - len(kept)))
    target.mkdir()
    corpus = "\n".join(line for key, line in lines.items() if key in kept)
    (target / "corpus.jsonl").write_text(corpus, "utf-8")
    rows = [json.dumps({"_id": key, "text": judged.questions[key]}) for key in asked]
    (target / "queries.jsonl").write_text("\n".join(rows), "utf-8")
    (target / "qrels.tsv").write_text((folder / "qrels.tsv").read_text("utf-8"), "utf-8")
    return target


def _written(generator: Generator, prompt: Prompt) -> Draft:
    question = prompt.question or Question("")
    count = getattr(generator, "count", None)
    if count:
        pack = loader.load("biomedical")
        prompt = compose(pack, question, prompt.sources, budget=1024, count=count)
    return citations.draft(question, prompt, generator.generate(prompt).text)


# -- what the checks cost ------------------------------------------------------------------------


def _latency(bench: Path) -> Table:
    """Time every check of an answer: citations, claims, authorities, notices."""
    pack = loader.load("legal")
    guards = GuardPipeline.from_pack(pack, authorities=Works(pack.works))
    generator, times = ExtractiveGenerator(), list[float]()
    with tempfile.TemporaryDirectory() as place:
        said = list(islice(statements(Path(place)), 0, None, 3))
    for statement in said:
        found = enumerate((statement.passage, *statement.others), start=1)
        question = Question(statement.text, language=statement.language)
        prompt = Prompt((), tuple(Retrieved(p, 1 / n, n) for n, p in found), question)
        text = generator.generate(prompt).text
        begun = time.perf_counter()
        draft = citations.draft(question, prompt, text)
        guards.finish(draft, sufficiency=1.0, verdicts=())
        times.append((time.perf_counter() - begun) * 1000)
    row = {
        "answers": len(times),
        "p50 ms": round(float(np.percentile(times, 50)), 1),
        "p95 ms": round(float(np.percentile(times, 95)), 1),
    }
    return [row], [f"answers by the extractive generator from {GIVEN} passages; no encoder"]


if __name__ == "__main__":
    main()
