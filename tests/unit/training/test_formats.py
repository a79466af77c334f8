"""Each published layout, by rows written here and what they must say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domainkit.errors import TrainingError
from domainkit.training.formats import files, table
from domainkit.training.formats.samples import Comparison, Dialogue, Judged, Sample, Text, Unusable
from domainkit.types import Message

ASK, SAY = "How many tablets?", "Two."
TURNS = [{"from": "human", "value": ASK}, {"from": "gpt", "value": SAY}]
MESSAGES = [{"role": "user", "content": ASK}, {"role": "assistant", "content": SAY}]


def said(
    *texts: str, system: str = "", references: tuple[str, ...] = (), given: str = ""
) -> Dialogue:
    roles = ["user", "assistant"] * len(texts)
    turns = [Message(role, text) for role, text in zip(roles, texts, strict=False)]  # type: ignore[arg-type]
    return Dialogue((*([Message("system", system)] if system else []), *turns), references, given)


def node(
    role: str, text: str, *replies: dict[str, Any], rank: int | None = None
) -> dict[str, Any]:
    return {"role": role, "text": text, "rank": rank, "replies": list(replies), "deleted": False}


QUESTION = (Message("user", ASK),)
GOLDEN: dict[str, tuple[Any, list[Sample]]] = {
    "alpaca": (
        {"instruction": "Count.", "input": ASK, "output": SAY},
        [said(f"Count.\n{ASK}", SAY, given=ASK)],
    ),
    "alpaca ": (
        {"instruction": ASK, "output": SAY, "system": "Be brief.", "history": [["Hi", "Yes?"]]},
        [said("Hi", "Yes?", ASK, SAY, system="Be brief.")],
    ),
    "chatdoctor": (
        {
            "instruction": "If you are a doctor, please answer the medical questions based on the "
            "patient's description.",
            "input": ASK,
            "output": SAY,
        },
        [
            said(
                ASK,
                SAY,
                system="If you are a doctor, please answer the medical questions based on the "
                "patient's description.",
            )
        ],
    ),
    "bentsao-literature": (
        {
            "instruction": " <user>: 你好 <bot>: 请说 <user>: 多少片？",
            "input": "",
            "output": "两片",
        },
        [said("你好", "请说", "多少片？", "两片")],
    ),
    "belle": (
        {
            "instruction": "Human:你好\nAssistant:请说\nHuman:多少片？\nAssistant:",
            "output": "两片",
        },
        [said("你好", "请说", "多少片？", "两片")],
    ),
    "belle-evaluation": ({"question": ASK, "std_answer": SAY, "class": "qa"}, [said(ASK, SAY)]),
    "lawyer-llama": (
        [
            {"instruction": ASK, "input": "", "output": SAY},
            {"instruction": "Why?", "input": "", "output": "So it says."},
        ],
        [said(ASK, SAY, "Why?", "So it says.")],
    ),
    "self-instruct": (
        {"id": "1", "instruction": "Add.", "instances": [{"input": "1+1", "output": "2"}]},
        [said("Add.\n1+1", "2")],
    ),
    "sharegpt": ({"id": "1", "conversations": [*TURNS, TURNS[0]]}, [said(ASK, SAY)]),
    "messages": (
        {"messages": MESSAGES, "references": ["§ 1"]},
        [said(ASK, SAY, references=("§ 1",))],
    ),
    "firefly": (
        {"conversation_id": 1, "conversation": [{"human": ASK, "assistant": SAY}]},
        [said(ASK, SAY)],
    ),
    "chinese-vicuna": (
        {"input": [ASK, "Why?"], "output": [SAY, "So."]},
        [said(ASK, SAY, "Why?", "So.")],
    ),
    "prompt-completion": ({"prompt": ASK, "completion": SAY}, [said(ASK, SAY)]),
    "text": ({"text": "The box is blue."}, [Text("The box is blue.")]),
    "text ": ("The box is blue.", [Text("The box is blue.")]),
    "lawgpt-content": ({"content": "判决如下"}, [Text("判决如下")]),
    "med-chatglm": (
        {"context": "问题：多少片？\n回答: ", "target": "两片"},
        [said("多少片？", "两片")],
    ),
    "law-gpt": (
        {"question": "多少？", "answer": "两倍", "reference": ['民法典 "第一条"']},
        [said("多少？", "两倍", references=('民法典 "第一条"',))],
    ),
    "law-gpt-answers": ({"问题": "多少？", "回答": "两倍"}, [said("多少？", "两倍")]),
    "disc-law": (
        {"id": 1, "reference": ["第一条"], "input": "多少？", "output": "两倍"},
        [said("多少？", "两倍", references=("第一条",))],
    ),
    "lawyer-llama-counsel": (
        {"query": "多少？", "laws": ["第一条"], "response": "两倍"},
        [said("多少？", "两倍", references=("第一条",))],
    ),
    "lawyer-llama-turns": (
        {"query": "多少？", "laws": ["第一条"], "history": ["[客户] 多少？", "[律师] 两倍"]},
        [said("多少？", "两倍", references=("第一条",))],
    ),
    "medicalgpt-zh": (
        {"指南": "每日两片", "qa_pairs": [{"question": "多少？", "answer": "两片"}]},
        [said("多少？", "两片", references=("每日两片",))],
    ),
    "preference": (
        {"prompt": ASK, "chosen": SAY, "rejected": "Ten."},
        [Comparison(QUESTION, (SAY, "Ten."))],
    ),
    "preference ": (
        {
            "prompt": ASK,
            "chosen": MESSAGES,
            "rejected": [MESSAGES[0], {"role": "assistant", "content": "Ten."}],
        },
        [Comparison(QUESTION, (SAY, "Ten."))],
    ),
    "preference  ": (
        {
            "conversations": TURNS[:1],
            "chosen": TURNS[1],
            "rejected": {"from": "gpt", "value": "Ten."},
        },
        [Comparison(QUESTION, (SAY, "Ten."))],
    ),
    "ranked": (
        {"prompt": ASK, "answers": ["Ten.", SAY], "scores": [0.1, 0.9]},
        [Comparison(QUESTION, (SAY, "Ten."), (0.9, 0.1))],
    ),
    "verdict": ({"prompt": ASK, "completion": SAY, "label": True}, [Judged(QUESTION, SAY, True)]),
    "oasst": (
        {
            "message_tree_id": "1",
            "prompt": node(
                "prompter",
                ASK,
                node("assistant", "Ten.", rank=1),
                node("assistant", SAY, node("prompter", "Why?", node("assistant", "So.")), rank=0),
            ),
        },
        [Comparison(QUESTION, (SAY, "Ten.")), said(ASK, SAY, "Why?", "So.")],
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_layout_is_told_and_read(name: str) -> None:
    row, wanted = GOLDEN[name]
    layout = table.detect([row], "rows.json")
    assert layout.name == name.strip()
    assert list(layout.read(row)) == wanted


def test_every_layout_has_a_golden_row_or_refuses_its_own() -> None:
    golden = {name.strip() for name in GOLDEN}
    refusing = {"mt-bench", "vicuna-questions", "questions", "law-gpt-two-models"}
    refusing |= {"disease-table", "dataset-registry"}
    assert {layout.name for layout in table.FORMATS} == golden | refusing
    assert all(layout.source.startswith("https://") for layout in table.FORMATS)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"conversations": [*TURNS, TURNS[1]]}, "the assistant speaks twice in a row"),
        ({"conversations": TURNS[1:]}, "the assistant speaks first"),
        ({"conversations": TURNS[:1]}, "nobody answers"),
        ({"conversations": [{"from": "human", "value": 1}]}, "'value' is not text"),
        (
            {"conversations": [TURNS[0], {"from": "function_call", "value": "f"}]},
            "calls functions",
        ),
        ({"instruction": ASK, "input": "", "output": " "}, "the assistant says nothing"),
        ({"instruction": ASK, "input": "", "output": "I am {{name}}."}, "placeholder"),
        ({"prompt": ASK, "chosen": SAY, "rejected": SAY}, "are the same"),
        ({"prompt": ASK, "completion": SAY, "label": "good"}, "neither true nor false"),
        ({"context": "多少？", "target": "两片"}, "does not read"),
        ({"question": ASK}, "an evaluation set"),
        ({"message_tree_id": "1", "tree_state": "growing", "prompt": {}}, "not ready for export"),
    ],
)
def test_what_cannot_be_trained_on_says_why(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        table.detect([row], "rows.json").read(row)


def test_an_unknown_layout_names_the_nearest_and_what_it_asks_for() -> None:
    with pytest.raises(TrainingError, match="nearest is 'preference', which asks for 'rejected'"):
        table.detect([{"ask": ASK, "chosen": SAY}], "rows.json")
    with pytest.raises(TrainingError, match=r"none has a key of theirs \(a\)"):
        table.detect([{"a": 1}], "rows.json")
    with pytest.raises(TrainingError, match="did you mean alpaca"):
        table.find("alpacca")


def test_a_file_is_read_by_what_it_holds_not_by_its_name(tmp_path: Path) -> None:
    rows = [{"text": "one"}, {"text": "two"}]
    (tmp_path / "lines.json").write_text("".join(json.dumps(row) + "\n" for row in rows) + "{oops")
    (tmp_path / "array.txt").write_text(json.dumps(rows))
    (tmp_path / "table.csv").write_text("text\none\ntwo\n")
    (tmp_path / "keyed.json").write_text(json.dumps({"a": rows[0], "b": rows[1]}))
    (tmp_path / "plain.md").write_text("# A heading\n\nand words")
    found = {path.name: files.read(path, path.name) for path in tmp_path.iterdir()}
    assert [one.row for one in found["lines.json"]] == [*rows, None]
    assert (found["lines.json"][2].place, found["lines.json"][2].broken[:11]) == (
        "lines.json:3",
        "is not JSON",
    )
    assert [one.row for one in found["array.txt"]] == rows
    assert [one.row for one in found["table.csv"]] == rows
    assert [one.place for one in found["keyed.json"]] == ["keyed.json#a", "keyed.json#b"]
    assert [one.row for one in found["plain.md"]] == ["# A heading\n\nand words"]
    (tmp_path / "empty.json").write_text("[]")
    with pytest.raises(TrainingError, match="holds no row"):
        files.read(tmp_path / "empty.json", "empty.json")
