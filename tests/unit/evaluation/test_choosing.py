"""Options are shown to the model and to nothing that searches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from judged import found, question
from typer.testing import CliRunner

from domainkit.assistant import Assistant, wiring
from domainkit.cli.eval import app
from domainkit.errors import EvaluationError
from domainkit.evaluation import choosing
from domainkit.packs import scaffold
from domainkit.testing import EchoGenerator
from domainkit.types import Message, Prompt, Question, Retrieved

OPTIONS = {"A": "metformin", "B": "insulin"}
ROWS = [
    question(id="a", question="Which drug?", label="A", choices=OPTIONS),
    question(id="b", question="Which other?", label="B", choices=OPTIONS),
    question(id="c", question="Does it?", label="yes"),
    question(id="d", question="No label?"),
]


def test_passages_are_searched_by_the_question_alone() -> None:
    searched: list[str] = []
    shown: list[str] = []

    def retrieve(asked: Question) -> Sequence[Retrieved]:
        searched.append(asked.search_text)
        return found("p1")

    def compose(asked: Question, passages: Sequence[Retrieved]) -> Prompt:
        assert [one.passage.id for one in passages] == ["p1"]
        shown.append(asked.text)
        return Prompt((Message("user", asked.text),), tuple(passages))

    made = list(choosing.choose(ROWS, retrieve, compose, EchoGenerator("A. metformin [1]")))
    assert searched == ["Which drug?", "Which other?", "Does it?"]
    assert shown[0] == "Which drug? A. metformin B. insulin Answer with the letter alone."
    assert shown[2] == "Does it? Answer with yes, no, maybe alone."
    assert [(one.found, one.alone) for one in made] == [("A", "A"), ("A", "A"), (None, None)]


def test_what_retrieval_adds_is_tested_in_pairs() -> None:
    made = [choosing.Chosen(str(n), "A", "A", None) for n in range(6)]
    told = choosing.summed([*made, choosing.Chosen("x", "B", "A", "B")])
    assert (told.with_documents, told.alone, told.majority) == pytest.approx((6 / 7, 1 / 7, 6 / 7))
    assert (told.gained, told.lost) == (6, 1)
    assert told.chance == pytest.approx(2 * 8 / 2**7)
    assert choosing.summed([]).asked == 0


def test_the_command_asks_a_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    planned = scaffold.plan("clinic", domain="medical", language="en", base=tmp_path)
    scaffold.write(planned)
    (planned.folder / "documents" / "a.md").write_text("# Drugs\n\nMetformin comes first.\n")
    assistant = Assistant.open(planned.folder)
    assistant.ingest([planned.folder / "documents"])
    assistant.close()
    path = planned.folder / "eval" / "mine.jsonl"
    rows = (row.model_dump(mode="json", exclude_defaults=True) for row in ROWS)
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    given = ["choices", str(path), "--assistant", str(planned.folder), "--json"]
    failed = CliRunner().invoke(app, given).exception
    assert isinstance(failed, EvaluationError)
    assert "no model can choose" in str(failed)
    writer = SimpleNamespace(
        generator=EchoGenerator("A"), is_extractive=False, count=len, budget=lambda _: 10_000
    )
    monkeypatch.setattr(wiring, "writer", lambda *_: writer)
    told = json.loads(CliRunner().invoke(app, given, catch_exceptions=False).stdout)
    assert (told["asked"], told["gained"], told["undecided"]) == (3, 0, 1)
    path.write_text(
        json.dumps({"id": "x", "question": "y?", "language": "en", "expect": "answered"})
    )
    failed = CliRunner().invoke(app, given).exception
    assert isinstance(failed, EvaluationError)
    assert "no question has a label" in str(failed)
