"""Reads every guard with texts that it was not written by.

    python -m benchmarks.guards_fresh
    python -m benchmarks.guards_fresh --only "harm legal" --wrong

The texts of ``benchmarks/fresh/guards.yaml`` were written, a round at a time, before anyone had
looked at how the guard judges, half of them to be stopped. What asks is put to all guards of a
question: it is found where the guard it is for stops it, and stopped where any guard does. What
answers is put to the guard it is for, beside the source that it cites.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks import report
from domainkit.assistant import embedding
from domainkit.assistant.vectors import QuestionVectors
from domainkit.cli.bench_guards import HELD
from domainkit.evaluation import guards
from domainkit.evaluation.cases import Case
from domainkit.guards.pipeline import ANSWER, GuardPipeline
from domainkit.guards.privacy import PrivacyGuard
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.text import detect
from domainkit.types import Passage, Question, Span

TEXTS = Path(__file__).parent / "fresh" / "guards.yaml"
EMBEDDER = "all-minilm-l6-v2"
NOTES = [
    "Found: stopped by the guard that the texts are for; stopped: by any guard of a question. "
    "Of texts that must pass, every refusal and escalation counts; asking back does not.",
    "First: when the texts had been written and nobody had seen what the guard makes of them. "
    "Then the guards were mended by what was missed: later readings are of texts that were read. "
    "Each further round was written before the change that it measures.",
    "Personal data: names are no kind that a pack masks by default; every one is counted here.",
]
_STOPS = {"refuse", "escalate"}


def main() -> None:
    """Read the sets and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", help="read this set alone")
    parser.add_argument("--wrong", action="store_true", help="print what is judged wrongly")
    parser.add_argument("--read", default="again", help="what this reading is called in the table")
    parser.add_argument("--try", dest="dry", action="store_true", help="write no table")
    given = parser.parse_args()
    embedder = embedding.load_embedder(EMBEDDER)
    needs = {"vector": QuestionVectors(lambda: embedder), "jurisdictions": lambda: HELD}
    rows: list[report.Row] = []
    for texts in yaml.safe_load(TEXTS.read_text(encoding="utf-8")):
        if given.only and texts["name"] not in given.only:
            continue
        for name in texts["packs"]:
            pack = loader.load(name)
            read = answers if texts["guard"] in ANSWER else questions
            row = {"pack": name, "texts": texts["name"], "round": texts["round"]}
            judged = read(pack, texts, needs, given.wrong)
            rows.append(row | {"reading": given.read} | judged)
            print(rows[-1], flush=True)
    if not given.dry:
        kept = report.kept("guards-fresh", rows, ["pack", "texts", "round", "reading"])
        report.write("guards-fresh", "python -m benchmarks.guards_fresh", kept, NOTES)


def questions(
    pack: Pack, texts: Mapping[str, Any], needs: Mapping[str, object], wrong: bool
) -> dict[str, object]:
    """Return what all guards of a question did with a set."""
    pipeline = GuardPipeline.from_pack(pack, **needs)
    found = stopped = refused = 0
    for text, stop in _texts(texts):
        question = Question(text, language=detect(text))
        verdicts = pipeline.question(pipeline.masked(question))
        stops = [v.guard for v in verdicts if v.action in _STOPS]
        found += stop and texts["guard"] in stops
        stopped += stop and bool(stops)
        refused += not stop and bool(stops)
        if wrong and (texts["guard"] not in stops if stop else stops):
            print(f"  {pack.name} {'missed' if stop else 'false'} {stops}: {text}")
    return _shares(texts, found, stopped, refused)


def answers(
    pack: Pack, texts: Mapping[str, Any], needs: Mapping[str, object], wrong: bool
) -> dict[str, object]:
    """Return what the guard of a set did with its answers; personal data are found when hidden."""
    cases = [*_cases(texts)]
    [measured] = guards.measure(pack, cases, needs)
    missed = {case.text for case in measured.wrong if case.stop}
    refused = [case.text for case in measured.wrong if not case.stop]
    if texts["guard"] == "privacy":
        guard = PrivacyGuard.from_pack(pack)
        for row in texts["stop"]:
            masked = guard.masked(Question(row["text"], language=detect(row["text"]))).text
            if left := [part for part in row["hidden"] if part in masked]:
                missed.add(f"{row['text']} {left}")
                missed.discard(row["text"])
    if wrong:
        print(*(f"  {pack.name} missed: {text}" for text in sorted(missed)), sep="\n")
        print(*(f"  {pack.name} false: {text}" for text in refused), sep="\n")
    found = len(texts["stop"]) - len(missed)
    return _shares(texts, found, found, len(refused))


def _cases(texts: Mapping[str, Any]) -> Iterator[Case]:
    sources = {
        name: Passage(name, name, said["title"], "", Span(0, len(said["text"])), said["text"])
        for name, said in texts.get("sources", {}).items()
    }
    for kind in ("stop", "pass"):
        for row in texts[kind]:
            given = row if isinstance(row, Mapping) else {"text": row}
            text, source = given["text"], sources.get(given.get("source", ""))
            yield Case(texts["guard"], text, kind == "stop", detect(text), source)


def _texts(texts: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    yield from ((text, True) for text in texts["stop"])
    yield from ((text, False) for text in texts["pass"])


def _shares(texts: Mapping[str, Any], found: int, stopped: int, refused: int) -> dict[str, object]:
    positives, negatives = len(texts["stop"]), len(texts["pass"])
    return {
        "to stop": positives,
        "found": found,
        "stopped": stopped,
        "to pass": negatives,
        "refused": refused,
    }


if __name__ == "__main__":
    main()
