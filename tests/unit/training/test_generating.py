"""What a teacher writes is kept only when its passage holds it, and the rest says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domainkit.packs.leakage import Evaluations
from domainkit.packs.schemas.rows import TrainRow
from domainkit.training.generating import METHODS, Made, Teacher, generate, unsupported
from domainkit.types import Generation, Passage, Prompt, Span, Usage

TEXT = "Adults take two tablets every six hours, and never more than eight in a day."
ASKED = "How many tablets may an adult take in a day?"
RIGHT = "Adults take two tablets every six hours."
ZH = "成年人每日服用两片，最多不超过八片，饭后用温水送服。"


def passage(name: str = "a" * 20, text: str = TEXT) -> Passage:
    return Passage(name, "document", "Tablets", "Dose", Span(0, len(text)), text)


class Scripted:
    """A generator that says one thing after the other."""

    id = "scripted"

    def __init__(self, *said: str) -> None:
        self.said = list(said)
        self.asked: list[str] = []

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        self.asked.append(prompt.messages[-1].content)
        return Generation(self.said.pop(0), self.id, adapter, "stop", Usage(1, 1, 0.0, 0.0))


def run(
    folder: Path, method: str, *said: str, passages: list[Passage] | None = None
) -> list[Made]:
    teacher = Teacher(Scripted(*said), METHODS[method], ["Is it safe?"])  # type: ignore[arg-type]
    return list(
        generate(teacher, passages or [passage()], lambda _: "internal", Evaluations(), folder)
    )


def kept(folder: Path) -> list[TrainRow]:
    lines = (folder / "rows.jsonl").read_text().splitlines()
    return [TrainRow.model_validate(json.loads(line)) for line in lines]


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("reliable", [ASKED, RIGHT]),
        ("self-instruct", [ASKED, RIGHT]),
        ("evol", ["How many?", ASKED, RIGHT]),
        (
            "self-chat",
            [ASKED, RIGHT, "What is the most in a day?", "Never more than eight in a day."],
        ),
        ("critique", [ASKED, "Ten a day.", "The text says two.", RIGHT]),
    ],
)
def test_a_method_makes_rows_of_the_packs_own_layout(
    method: str, said: list[str], tmp_path: Path
) -> None:
    made = run(tmp_path, method, *said)
    rows = kept(tmp_path)
    assert [one.row is not None for one in made] == [True] * len(rows)
    assert (rows[0].question, rows[0].answer) == (
        ASKED,
        "Adults take two tablets every six hours [1].",
    )
    assert rows[0].licence == "internal"
    assert len(rows) == (2 if method == "self-chat" else 1)


@pytest.mark.parametrize(
    ("asked", "answer", "reason"),
    [
        (ASKED, "Adults take two tablets and should see a physician.", "does not hold a sentence"),
        (ASKED, "Tablets two adults hours six take.", "does not hold a sentence"),
        ("Tell me of the tablets.", RIGHT, "it is no question"),
        ("一天可以吃几片药呢？", RIGHT, "another language"),
        (ASKED, "", "there is no answer"),
    ],
)
def test_what_is_not_kept_says_why(asked: str, answer: str, reason: str, tmp_path: Path) -> None:
    (made,) = run(tmp_path, "reliable", asked, answer)
    assert made.row is None
    assert reason in made.reason
    assert json.loads((tmp_path / "rejected.jsonl").read_text())["question"] == asked


def test_it_goes_on_where_it_stopped_and_keeps_no_row_twice(tmp_path: Path) -> None:
    first, second = passage("a" * 20), passage("b" * 20)
    run(tmp_path, "reliable", ASKED, RIGHT, passages=[first])
    made = run(tmp_path, "reliable", ASKED, RIGHT, passages=[first, second])
    assert [(one.passage, one.reason) for one in made] == [
        ("b" * 16, "the same words stand before")
    ]
    assert run(tmp_path, "reliable", passages=[first, second]) == []


def test_an_evaluation_question_is_turned_away(tmp_path: Path) -> None:
    evaluations = Evaluations()
    evaluations.add("suite", [ASKED])
    teacher = Teacher(Scripted(ASKED, RIGHT), "reliable", [])
    (made,) = generate(teacher, [passage()], lambda _: "x", evaluations, tmp_path)
    assert made.reason == "it holds words of the evaluation set suite"


def test_chinese_is_checked_by_its_characters() -> None:
    assert not unsupported("成年人每日服用两片。", ZH)
    assert unsupported("儿童每日注射三次胰岛素。", ZH)
