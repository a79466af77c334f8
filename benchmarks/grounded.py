"""Asks a model with and without sources, tuned and not: what does each of the two bring?

    python benchmarks/grounded.py ASSISTANT ADAPTER [DATA] [--each 150] [--sets pubmedqa,covidqa]

ASSISTANT is an assistant's folder whose adapter ADAPTER is asked; DATA the folder of benchmark
data, by default DOMAINKIT_DATA or ../shared/data. Every question is retrieved once; all arms see
the same passages as found, and of ``--left`` questions a set those that remain when every passage
that answers is left out; of all these ``--most``, drawn by chance. Answers are kept as they come,
by all that decides them: stop it and start it again as you like. ``--only ARM`` asks that alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from report import write
from statistic import interval

from domainkit.evaluation import beir, benchmark, setups, wording
from domainkit.evaluation.resampling import differ, mcnemar
from domainkit.generation.adapters import Adapters
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.prompt import compose, template_hash
from domainkit.guards import citations, evidence
from domainkit.guards.grounding import support
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Grounding
from domainkit.packs.schemas.rows import MARKER
from domainkit.settings import Settings
from domainkit.types import Message, Passage, Prompt, Question, Retrieved, Span

MODEL = "smollm2-135m-instruct"
SETS = ("bioasq", "covidqa", "pubmedqa")
ARMS = ("base", "RAG", "LoRA", "LoRA+RAG")
MOST = 96  # tokens of an answer: two or three sentences
GIVEN = 5  # passages, as the pack's k
FOUND = 60  # among which five remain when those that answer are left out
SEED = 11
AT_ONCE = 12
LABEL = " Begin with yes, no or maybe."  # pubmedqa alone: its answers are labels
KEPT = platformdirs.user_cache_path("domainkit") / "benchmarks" / "grounded"


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the passages shown, the numbers of those that answer, and the answers.

    ``measured`` is what tells whether they suffice.
    """

    name: str
    set: str
    question: str
    sources: tuple[tuple[str, str, str, str], ...]  # id, title, locator, text
    gold: tuple[int, ...]
    ideals: tuple[str, ...]
    label: str
    measured: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assistant", type=Path)
    parser.add_argument("adapter")
    parser.add_argument(
        "data", nargs="?", type=Path, default=os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    parser.add_argument("--each", type=int, default=150)
    parser.add_argument("--left", type=int, default=150)
    parser.add_argument("--most", type=int, help="of all these, drawn by chance")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--only", choices=ARMS, nargs="*", default=list(ARMS))
    parser.add_argument("--name", default="grounded")
    given = parser.parse_args()
    pack = loader.load(given.assistant)
    cases = [
        case
        for name in given.sets.split(",")
        for number, case in enumerate(_cases(Path(given.data) / "bench" / name, given.each))
        if case.name.endswith(":found") or number < 2 * given.left
    ]
    cases.sort(key=lambda case: hashlib.sha256(case.name.encode()).hexdigest())
    cases = cases[: given.most]
    model = OpenVinoGenerator(
        cache.path(MODEL),
        name=MODEL,
        max_tokens=MOST,
        adapters=Adapters(given.assistant / ".domainkit" / "adapters"),
        prompt_hash=template_hash(pack),
    )
    prompts = {case.name: _prompt(case, pack, model.count) for case in cases}
    answers = _asked(cases, prompts, model, given)
    scores = {
        (case.name, arm): _scored(
            case, prompts[case.name], answers[case.name, arm], pack, searched="RAG" in arm
        )
        for case in cases
        for arm in ARMS
        if (case.name, arm) in answers
    }
    rows = list(_rows(cases, scores))
    arms = "" if given.only == list(ARMS) else f" --only {' '.join(given.only)}"
    most = f" --most {given.most}" if given.most else ""
    asked = f"--each {given.each} --left {given.left}{most}{arms}"
    command = f"python benchmarks/grounded.py ASSISTANT ADAPTER {asked}"
    print(write(given.name, command, rows, [*NOTES, *_tests(cases, scores)]))


Scores = dict[str, float]
NOTES = [
    "the adapter is made by `domainkit train --recipe embedded` for an assistant of the medical "
    "pack, from the packs' own rows: none of these sets' questions or texts",
    "fewer than 150 questions a set tell large differences alone",
    "raw answers of the model through OpenVINO, no guard and no stand-in; 96 tokens at most",
    "passages are found as an assistant finds them, by words and meaning, among all of the set's",
    "base and LoRA are asked without sources; RAG and LoRA+RAG with the same five passages",
    "each question with what was found, the first `--left` of a set also with every judged "
    "passage left out",
    "resolved, written: citation F1 of the questions of which a judged passage was shown: of the "
    "share of what is cited that is judged, and of citing one at all; `resolved` as code left the "
    "markers, `written` as the model wrote them",
    "supported: the share of an answer's claims that the passages support; of answers alone",
    "ROUGE-L against the experts' answers (pubmedqa: the abstract's conclusion); a refusal is 0",
    "accuracy: pubmedqa's yes, no, maybe, with the passage shown",
    "refusal F1: a refusal is right where no judged passage is shown; of what a model says alone, "
    "and of an assistant, which asks none where sufficiency is below the medical pack's threshold "
    "and believes one only below `doubted` (right silence); of the three sets half of covidqa's "
    "questions fitted that pack's sufficiency",
]


def _cases(folder: Path, each: int) -> list[Case]:
    """Return ``each`` questions of a set, each with what is found and with what is left."""
    kept = KEPT / f"cases-{folder.name}-{each}.json"
    if kept.is_file():
        return [_case(one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    made = [*_retrieved(folder, each)]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([_plain(case) for case in made]), encoding="utf-8")
    return made


def _retrieved(folder: Path, each: int) -> Iterator[Case]:
    judged = beir.load(folder)
    answers = {str(row["_id"]): row for row in _lines(folder / "answers.jsonl")}
    names = sorted(name for name in judged.questions if name in answers)
    random.Random(SEED).shuffle(names)  # noqa: S311 - a sample, no secret
    setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=Settings())
    with benchmark.indexed(judged, setup) as corpus:
        for name in names[:each]:
            asked = Question(judged.questions[name])
            found = corpus.retriever.retrieve(asked, k=FOUND)
            idf, rarity = corpus.retriever.rarities(asked)
            right = {d for d, grade in judged.qrels[name].items() if grade > 0}
            named = {one.passage.id: corpus.names[one.passage.document_id] for one in found}
            others = [one for one in found if named[one.passage.id] not in right]
            for kind, seen in (("found", found), ("left", others)):
                shown = [one.passage for one in seen[:GIVEN]]
                yield Case(
                    f"{folder.name}:{name}:{kind}",
                    folder.name,
                    asked.text + (LABEL if folder.name == "pubmedqa" else ""),
                    tuple((p.id, p.title, p.locator, p.text) for p in shown),
                    tuple(n for n, p in enumerate(shown, start=1) if named[p.id] in right),
                    tuple(_ideals(answers[name])),
                    str(answers[name].get("decision", "")),
                    evidence.measure(asked.text, seen, idf, rarity=rarity, given=GIVEN),
                )


def _ideals(row: Mapping[str, Any]) -> list[str]:
    found = row.get("ideal") or row.get("answers") or [row.get("long_answer", "")]
    return [str(one) for one in found if one]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            yield json.loads(line)


def _plain(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in Case.__slots__}


def _case(one: dict[str, Any]) -> Case:
    sources = tuple((i, title, place, text) for i, title, place, text in one.pop("sources"))
    return Case(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in one.items()}, sources=sources
    )


def _prompt(case: Case, pack: Pack, count: Callable[[str], int]) -> Prompt:
    found = [
        Retrieved(Passage(i, i, title, place, Span(0, len(text)), text), 1 / rank, rank)
        for rank, (i, title, place, text) in enumerate(case.sources, start=1)
    ]
    return compose(pack, Question(case.question), found, budget=1024, count=count)


def _asked(
    cases: Sequence[Case],
    prompts: Mapping[str, Prompt],
    model: OpenVinoGenerator,
    given: argparse.Namespace,
) -> dict[tuple[str, str], str]:
    """Return the answer of each arm to each case, asking what was not asked before."""
    weights = ""
    if any("LoRA" in arm for arm in given.only):
        adapters = Adapters(given.assistant / ".domainkit" / "adapters")
        weights = adapters.get(given.adapter).manifest.weights
    kept = KEPT / "answers.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = {one["key"]: one["text"] for one in _lines(kept)} if kept.is_file() else {}
    work: dict[str, tuple[Prompt, str | None]] = {}
    keys: dict[tuple[str, str], str] = {}
    for case in cases:
        for arm in given.only:
            shown = prompts[case.name] if "RAG" in arm else _alone(case)
            tuned = given.adapter if "LoRA" in arm else None
            said = [weights if tuned else "", *(m.content for m in shown.messages)]
            key = hashlib.sha256("\0".join(said).encode()).hexdigest()
            keys[case.name, arm] = key
            if key not in known:
                work[key] = shown, tuned
    print(f"{len(work)} to ask, {len(known)} are kept", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool, kept.open("a", encoding="utf-8") as file:
        texts = pool.map(lambda one: model.generate(one[0], adapter=one[1]).text, work.values())
        for number, (key, text) in enumerate(zip(work, texts, strict=True), 1):
            known[key] = text
            file.write(json.dumps({"key": key, "text": text}) + "\n")
            file.flush()
            if number % 50 == 0:
                print(f"{number} of {len(work)}", flush=True)
    return {place: known[key] for place, key in keys.items()}


def _alone(case: Case) -> Prompt:
    """Return the question alone, as a model without documents is asked."""
    return Prompt((Message("user", case.question),), (), Question(case.question))


def _scored(case: Case, prompt: Prompt, text: str, pack: Pack, *, searched: bool) -> Scores:
    """Return what an answer is worth; what is not defined for it is left out."""
    refused = _refuses(text, pack) or not text.strip()
    made = {"refused": float(refused), "right refusal": float(refused == (not case.gold))}
    silent = _silent(case, pack, refused=refused) if searched else refused
    made |= {"silent": float(silent), "right silence": float(silent == (not case.gold))}
    drafted = citations.draft(prompt.question or Question(""), prompt, text)
    if not refused and drafted.claims:
        made["supported"] = support(drafted)
    if not case.gold:
        return made
    shown = {i for i, source in enumerate(prompt.sources, start=1)}
    gold = set(case.gold) & shown
    ids = {source.passage.id: i for i, source in enumerate(prompt.sources, start=1)}
    resolved = {ids[c.passage_id] for c in drafted.citations}
    written = {int(n) for n in MARKER.findall(text)}
    made["resolved"] = 0.0 if refused else _f1(resolved, gold)
    made["written"] = 0.0 if refused else _f1(written, gold)
    against = wording.against(wording.unmarked(text), case.ideals)
    made["ROUGE-L"] = 0.0 if refused else against.get("rouge_l", 0.0)
    if case.label:
        made["accuracy"] = float(wording.label(text, {}) == case.label)
    return made


def _silent(case: Case, pack: Pack, *, refused: bool) -> bool:
    """Return whether an assistant says that its documents do not say.

    It does where too little is found to ask a model, and where a model says so that is believed.
    """
    fitted = pack.sufficiency.model("en", vectors=True)
    sufficiency = evidence.sufficiency(case.measured, fitted)
    doubted = Grounding().doubted
    return sufficiency < fitted.threshold or (refused and sufficiency < doubted)


def _refuses(text: str, pack: Pack) -> bool:
    wanted = pack.no_answer("en").casefold().rstrip(".")
    return wanted in text.casefold() and not MARKER.search(text)


def _f1(cited: set[int], gold: set[int]) -> float:
    right = len(cited & gold)
    if not right:
        return 0.0
    precision = right / len(cited)
    return 2 * precision / (precision + 1)  # one right citation is all that recall asks


METRICS = ("resolved", "written", "supported", "ROUGE-L", "accuracy")


def _rows(
    cases: Sequence[Case], scores: Mapping[tuple[str, str], Scores]
) -> Iterator[dict[str, object]]:
    for name in (*dict.fromkeys(sorted(case.set for case in cases)), "all"):
        for arm in ARMS:
            done = [c for c in cases if name in (c.set, "all") and (c.name, arm) in scores]
            if not done:
                continue
            found = [scores[case.name, arm] for case in done]
            row: dict[str, object] = {"set": name, "arm": arm, "cases": len(done)}
            for metric in METRICS:
                values = [one[metric] for one in found if metric in one]
                row[metric] = interval(values) if values else "-"
            for name_of, said in (("model", "refused"), ("assistant", "silent")):
                row[f"refusal F1, {name_of}"] = f"{_refusal_f1(done, found, said):.3f}"
                wrong = [one[said] for case, one in zip(done, found, strict=True) if case.gold]
                row[f"refused though shown, {name_of}"] = interval(wrong)
            yield row


def _refusal_f1(cases: Sequence[Case], scores: Sequence[Scores], by: str) -> float:
    said = [bool(one[by]) for one in scores]
    due = [not case.gold for case in cases]
    right = sum(a and b for a, b in zip(said, due, strict=True))
    return 2 * right / (sum(said) + sum(due)) if right else 0.0


def _tests(cases: Sequence[Case], scores: Mapping[tuple[str, str], Scores]) -> Iterator[str]:
    """Yield LoRA+RAG against each other arm, question by question."""
    best = ARMS[-1]
    for arm in ARMS[:-1]:
        pairs = [
            (scores[case.name, best], scores[case.name, arm])
            for case in cases
            if (case.name, arm) in scores and (case.name, best) in scores
        ]
        told = []
        for metric in (*METRICS, "right refusal", "right silence"):
            both = [(a[metric], b[metric]) for a, b in pairs if metric in a and metric in b]
            if both:
                new, old = [a for a, _ in both], [b for _, b in both]
                moved = (sum(new) - sum(old)) / len(both)
                told.append(f"{metric} {moved:+.3f} (p {_chance(new, old):.4f}, {len(both)})")
        if told:
            yield f"{best} against {arm}: {'; '.join(told)}"


def _chance(new: Sequence[float], old: Sequence[float]) -> float:
    if {*new, *old} <= {0.0, 1.0}:
        gained = sum(a > b for a, b in zip(new, old, strict=True))
        return mcnemar(gained, sum(a < b for a, b in zip(new, old, strict=True)))
    return differ(new, old)


if __name__ == "__main__":
    main()
