"""Question sets of medicine: MIRAGE and the sets it is made of.

A question is asked as it stands and its options are never in it, so that nothing can search by
them: MIRAGE's question-only retrieval (Xiong et al., 2024, https://arxiv.org/abs/2402.13178). The
options are the ``choices`` an answer is held against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domainkit.evaluation.exchange.imported import (
    Imported,
    mapping,
    question,
    records,
    table,
    wanted,
)
from domainkit.packs.schemas.questions import YES_NO, EvalQuestion

_LETTERS = "ABCD"


def mirage(path: Path) -> Imported:
    """Return MIRAGE's ``benchmark.json``: sets of ``{id: {question, options, answer}}``."""
    made = []
    for name, rows in mapping(path).items():
        place = f"{path}: {name}"
        for key, row in wanted(place, {"rows": rows}, "rows")[0].items():
            asked, options, answer = wanted(f"{place}.{key}", row, "question", "options", "answer")
            made.append(_choice(f"mirage-{name}-{key}", asked, options, answer, ("mirage", name)))
    return Imported(tuple(made), notes=("the options are not shown to what answers",))


def medqa(path: Path) -> Imported:
    """Return MedQA's JSON Lines: ``question``, ``options`` by letter and ``answer_idx``."""
    made = []
    for number, row in enumerate(records(path), start=1):
        place = f"{path}:{number}"
        asked, options, answer = wanted(place, row, "question", "options", "answer_idx")
        made.append(_choice(f"medqa-{number}", asked, options, answer, ("medqa",)))
    return Imported(tuple(made))


def medmcqa(path: Path) -> Imported:
    """Return MedMCQA's JSON Lines: ``question``, ``opa`` to ``opd`` and ``cop``, from 1.

    Raises:
        EvaluationError: when ``cop`` names none of the four.
    """
    made = []
    for number, row in enumerate(records(path), start=1):
        place = f"{path}:{number}"
        asked, *options, right = wanted(place, row, "question", "opa", "opb", "opc", "opd", "cop")
        named = dict(zip(_LETTERS, options, strict=True))
        letter = _LETTERS[int(right) - 1] if str(right) in {"1", "2", "3", "4"} else str(right)
        name = f"medmcqa-{row.get('id', number)}"
        made.append(_choice(name, asked, named, letter, ("medmcqa",), place=place))
    return Imported(tuple(made))


def mmlu(path: Path) -> Imported:
    """Return a file of MMLU: a CSV without a head, question, four options and the letter."""
    made = []
    rows = table(path, ("question", *_LETTERS, "answer"))
    for number, (place, row) in enumerate(rows, start=1):
        asked, *options, answer = wanted(place, row, "question", *_LETTERS, "answer")
        named = dict(zip(_LETTERS, options, strict=True))
        name = f"{path.stem}-{number}"
        made.append(_choice(name, asked, named, answer, ("mmlu", path.stem), place=place))
    return Imported(tuple(made))


def pubmedqa(path: Path) -> Imported:
    """Return PubMedQA's ``ori_pqal.json``, or answers by line, without their contexts.

    The abstract is not given with its question: it has to be found, as in MIRAGE's PubMedQA*.
    """
    made = []
    for key, row in _pubmedqa(path):
        place = f"{path}: {key}"
        asked, label = wanted(place, row, "question", "label")
        fields = {"ideal": [row["ideal"]] if row.get("ideal") else []}
        made.append(
            question(
                place, id=f"pubmedqa-{key}", question=asked, language="en", expect="answered",
                label=label, tags=["pubmedqa"], **fields,
            )
        )  # fmt: skip
    return Imported(tuple(made), notes=("the abstracts are not given: ingest them yourself",))


def _pubmedqa(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix == ".jsonl":
        for row in records(path):
            names = {"question": "question", "label": "decision", "ideal": "long_answer"}
            yield str(row.get("_id", "")), {to: row.get(name) for to, name in names.items()}
        return
    for key, row in mapping(path).items():
        names = {"question": "QUESTION", "label": "final_decision", "ideal": "LONG_ANSWER"}
        yield key, {to: row.get(name) for to, name in names.items()}


def bioasq(path: Path) -> Imported:
    """Return the questions of a BioASQ file; lists and summaries have ideal answers only."""
    made = []
    for number, row in enumerate(_bioasq(path), start=1):
        place = f"{path}: question {number}"
        name, asked, kind = wanted(place, row, "id", "body", "type")
        exact, ideal = row.get("exact_answer"), row.get("ideal_answer") or ()
        label = str(exact).strip().lower() if kind == "yesno" and exact else None
        named = _factoids(exact) if kind == "factoid" else []
        made.append(
            question(
                place, id=f"bioasq-{name}", question=asked, language="en", expect="answered",
                label=label, ideal=named + ([ideal] if isinstance(ideal, str) else list(ideal)),
                tags=["bioasq", kind],
            )
        )  # fmt: skip
    return Imported(tuple(made))


def _bioasq(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix != ".jsonl":
        yield from wanted(str(path), mapping(path), "questions")[0]
        return
    names = {"id": "_id", "body": "q", "type": "type", "exact_answer": "exact"}
    for row in records(path):
        made = {to: row.get(name) for to, name in names.items()}
        yield {**made, "ideal_answer": row.get("ideal")}


def _factoids(exact: Any) -> list[str]:
    """Return the names of a factoid, which stand alone or as a list of lists of synonyms."""
    if isinstance(exact, str):
        return [exact]
    return [name for one in exact or () for name in ([one] if isinstance(one, str) else one)]


def _choice(
    name: str,
    asked: str,
    options: Mapping[str, str],
    answer: str,
    tags: tuple[str, ...],
    *,
    place: str = "",
) -> EvalQuestion:
    """Return a question with choices; where these are yes, no and maybe, with a plain label."""
    answer = str(answer).strip()
    said = {key: str(value).strip().lower() for key, value in options.items()}
    plain = set(said.values()) <= set(YES_NO)
    label = said.get(answer, answer) if plain else answer
    return question(
        place or name,
        id=name,
        question=str(asked).strip(),
        language="en",
        expect="answered",
        label=label,
        choices={} if plain else {key: str(value) for key, value in options.items()},
        tags=list(tags),
    )
