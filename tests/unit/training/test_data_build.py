"""Rows are screened, compared and accounted for before anything is trained on them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domainkit.cli import main
from domainkit.errors import TrainingError
from domainkit.packs.leakage import Evaluations
from domainkit.training.data import build, contamination
from domainkit.training.data.inspecting import verified

LONG = (
    "Take the tablets with water after a meal, in the morning and in the evening, and keep at "
    "least eight hours between them. Do not take more when you forgot one."
)
NONE = Evaluations()


def pair(question: str, answer: str) -> dict[str, str]:
    return {"instruction": question, "input": "", "output": answer}


def written(folder: Path, rows: list[Any], name: str = "rows.json") -> build.Source:
    path = folder / name
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return build.Source(path, "MIT", "the test")


def reasons(built: build.Built) -> list[tuple[str, str]]:
    return [(row.place, row.reason) for row in built.rejected]


def test_every_row_is_used_or_turned_away_with_a_reason(tmp_path: Path) -> None:
    rows = [
        pair("When?", LONG),
        pair("When?", LONG.upper()),
        pair("When ?", LONG.replace("forgot", "missed")),
        pair("多少片？", "每日两片"),
        pair("Who are you?", "As an AI language model, I have no name."),
        pair("What?", "-"),
        pair("Say it", "again and again " * 60),
        pair("What?", "It reads \ufffd\ufffd."),
        {"question": "alone"},
        "words",
    ]
    built = build.build([written(tmp_path, rows)], NONE, build.Options(languages=("en",)))
    assert [row.place for row in built.rows] == ["rows.json#1", "rows.json#10"]
    assert reasons(built) == [
        ("rows.json#2", "the same words stand before"),
        ("rows.json#3", "nearly the same words stand before"),
        ("rows.json#4", "it is in zh"),
        ("rows.json#5", "another assistant speaks of itself"),
        ("rows.json#6", "the answer says nothing"),
        ("rows.json#7", "the answer repeats itself"),
        ("rows.json#8", "characters of it were lost (U+FFFD)"),
        (
            "rows.json#9",
            "a question without an answer: give the file as --against, an evaluation set",
        ),
    ]
    account = built.accounts[0]
    assert account.rows == account.used + sum(account.rejected.values()) == len(rows)


def test_rows_that_hold_an_evaluation_question_are_turned_away(tmp_path: Path) -> None:
    asked = (
        "Below which estimated filtration rate must the drug of the first line not be used at all?"
    )
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "questions.jsonl").write_text(
        json.dumps({"question": asked})
        + "\n"
        + json.dumps({"question": "At what age is this medicine given?"})
    )
    evaluations = contamination.gather([tmp_path / "set"], packs=False)
    assert evaluations.holding(f"My doctor asks: {asked.lower()} I do not know") == "questions"
    assert evaluations.holding("At what age is this medicine given") == "questions"
    assert not evaluations.holding(
        "Below which estimated filtration rate must the drug be stopped?"
    )
    built = build.build(
        [written(tmp_path, [pair(asked, "30"), pair("And then?", "Nothing more.")])],
        evaluations,
        build.Options(),
    )
    assert reasons(built) == [("rows.json#1", "it holds words of the evaluation set questions")]
    with pytest.raises(TrainingError, match="no evaluation set here"):
        contamination.gather([written(tmp_path, [{"a": 1}], "other.json").path], packs=False)


def test_the_packs_own_suites_are_always_kept_apart() -> None:
    evaluations = contamination.gather([])
    assert {"medical/questions", "legal/questions"} <= set(evaluations.names)


def test_what_is_built_is_read_again_as_it_was(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Which?", "answers": ["this", "that", "none"]},
        {"prompt": "Which?", "chosen": "this one", "rejected": "that one"},
        {"prompt": "Good?", "completion": "yes, good", "label": False},
        {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "b."}]},
    ]
    options = build.Options(held_out=0.5, seed=1)
    sources = [written(tmp_path, [row], f"{n}.json") for n, row in enumerate(rows)]
    sources.append(written(tmp_path, ["A text of some words."], "text.json"))
    first = build.build(sources, NONE, options)
    build.write(first, tmp_path / "built")
    source = build.Source(tmp_path / "built" / build.ROWS, "other", "other")
    again = build.build([source], NONE, options)
    assert [row.sample for row in again.rows] == [row.sample for row in first.rows]
    assert [row.licence for row in again.rows] == ["MIT"] * 5
    assert [row.split for row in again.rows] == [row.split for row in first.rows]
    assert {row.split for row in first.rows} == {"train", "held-out"}


def test_a_built_folder_that_was_changed_is_refused(tmp_path: Path) -> None:
    built = build.build([written(tmp_path, [pair("When?", LONG)])], NONE, build.Options())
    build.write(built, tmp_path / "built")
    assert verified(tmp_path / "built")["licences"] == {"MIT": 1}
    with (tmp_path / "built" / build.ROWS).open("a") as file:
        file.write("\n")
    with pytest.raises(TrainingError, match="not the file its manifest names"):
        verified(tmp_path / "built")
    with pytest.raises(TrainingError, match="no manifest"):
        verified(tmp_path)


def test_nothing_left_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="2 were turned away because the answer says nothing"):
        build.build([written(tmp_path, [pair("a", "-"), pair("b", "-")])], NONE, build.Options())


def test_the_command_builds_and_inspects(tmp_path: Path) -> None:
    source = written(tmp_path, [pair("When?", LONG), pair("What?", "-")])
    to = tmp_path / "built"
    command = ["train", "data", "build", str(source.path), "--out", str(to)]
    refused = CliRunner().invoke(main.app, command)
    assert "licence" in str(refused.exception)
    made = CliRunner().invoke(main.app, [*command, "--licence", "MIT", "--json"])
    assert json.loads(made.stdout)["reasons"] == {"the answer says nothing": 1}
    seen = CliRunner().invoke(main.app, ["train", "data", "inspect", str(to)])
    assert "1 kept, 1 turned away" in seen.stdout
    looked = CliRunner().invoke(main.app, ["train", "data", "inspect", str(source.path), "--json"])
    assert json.loads(looked.stdout)["sources"][0]["format"] == "alpaca"


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "layout", "used"),
    [
        ("oasst/en_100_tree.jsonl", "oasst", 98),
        ("huatuo/infer.json", "alpaca", 5),
        ("taiyi/Taiyi_Instruction_Data_Example.jsonl", "firefly", 21),
        ("medicalgpt_zh/book_based_qa.json", "medicalgpt-zh", 3),
        ("lawgpt/example_instruction_train.json", "lawgpt-content", 2),
    ],
)
def test_published_files_are_read_whole(name: str, layout: str, used: int) -> None:
    root = Path(os.environ.get("DOMAINKIT_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = root / "finetune" / name
    if not path.is_file():
        pytest.skip("the published rows are not here")
    account = build.build([build.Source(path, "", "")], NONE, build.Options()).accounts[0]
    assert (account.format, account.used) == (layout, used)
