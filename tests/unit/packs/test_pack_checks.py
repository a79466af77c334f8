"""What `pack check` says beyond schemas: licences, leakage, placeholders, untried guards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.packs import licences, lint
from domainkit.packs.leakage import Evaluations

Writer = Callable[..., Path]

SOURCES = "sources: [{{path: note.md, title: N, licence: {}, origin: {}, date: 2026-01-02}}]\n"
KNOWLEDGE = "knowledge: {note: {path: knowledge/note.md}}\n"
NOTE = "# N\n\nThe shop opens at nine on Mondays.\n"
WHEN = "When does the shop in the old harbour open its doors on the Monday after Easter each year?"


def row(question: str, answer: str = "At nine [1].", licence: str = "CC0-1.0") -> str:
    return json.dumps(
        {
            "id": "t", "question": question, "language": "en", "answer": answer,
            "sources": [{"path": "knowledge/note.md", "quote": "opens at nine"}],
            "licence": licence, "origin": "here",
        }
    )  # fmt: skip


def asked(question: str) -> str:
    return json.dumps(
        {"id": "q", "question": question, "language": "en", "expect": "insufficient"}
    )


@pytest.fixture
def problems(write_pack: Writer) -> Callable[..., list[str]]:
    """Return a function that checks a pack with these files, and gives its problems as lines."""

    def checked(manifest: str = "", **files: str) -> list[str]:
        texts = {
            "knowledge/note.md": NOTE,
            "knowledge/SOURCES.yaml": SOURCES.format("CC0-1.0", "here"),
        }
        return [
            str(p) for p in lint.check(write_pack("mini", KNOWLEDGE + manifest, **texts | files))
        ]

    return checked


# Licences


@pytest.mark.parametrize(
    "licence",
    ["Apache-2.0", "CC-BY-NC-SA-4.0", "public domain", "Public domain", "MIT OR Apache-2.0",
     "LicenseRef-our-hospital"],
)  # fmt: skip
def test_a_licence_that_can_be_looked_up_is_taken(licence: str) -> None:
    assert licences.fault(licence) == ""


@pytest.mark.parametrize("licence", ["CC-BY", "free to use", "MIT OR whatever", "apache"])
def test_words_that_name_no_licence_are_not(licence: str) -> None:
    assert f"'{licence}' is no licence of SPDX" in licences.fault(licence)


def test_the_nearest_licence_is_named(problems: Callable[..., list[str]]) -> None:
    found = problems(
        **{
            "knowledge/SOURCES.yaml": SOURCES.format("CC-BY-4", "here"),
            "train/rows.jsonl": row("When does it open?", licence="ours"),
        }
    )
    assert found[0].startswith(
        "mini/knowledge/SOURCES.yaml:sources.0.licence: 'CC-BY-4' is no licence of SPDX; "
        "did you mean 'CC-BY-4.0'?"
    )
    assert found[1].startswith("mini/train/rows.jsonl:1.licence: 'ours' is no licence")
    assert len(found) == 2


# Leakage


def test_a_question_in_other_words_is_a_leak(problems: Callable[..., list[str]]) -> None:
    found = problems(
        **{
            "train/rows.jsonl": row("When does the harbour shop open on Mondays?"),
            "eval/questions.jsonl": asked("On Mondays, when will the harbour's shop be opening?"),
        }
    )
    assert found == [
        "mini/eval/questions.jsonl:1.question: asks what the training row 't' asks: "
        "it would measure memory"
    ]


def test_thirteen_words_in_a_row_are_a_leak(problems: Callable[..., list[str]]) -> None:
    answer = f"They ask: {' '.join(WHEN.split()[2:16])} [1]."
    found = problems(
        **{"train/rows.jsonl": row("What is asked?", answer), "eval/q.jsonl": asked(WHEN)}
    )
    assert found == [
        "mini/train/rows.jsonl:1: shares 13 words in a row, or a question, "
        "with mini/eval/q.jsonl:1"
    ]
    short = f"They ask: {' '.join(WHEN.split()[2:14])} [1]."
    assert not problems(
        **{"train/rows.jsonl": row("What is asked?", short), "eval/q.jsonl": asked(WHEN)}
    )


def test_chinese_characters_count_as_words() -> None:
    known = Evaluations()
    known.add("zh", ["生育过神经管缺陷孩子的妇女每天补多少叶酸？"])
    assert known.holding("如果是生育过神经管缺陷孩子的妇女，那么") == "zh"
    assert known.holding("如果是生过神经管缺陷孩子的妇女，那么") == ""


def test_a_gate_on_questions_that_nobody_asks_is_named(
    problems: Callable[..., list[str]],
) -> None:
    gates = "citation_recall@tag:as-of: {least: 0.9}\n"
    tagged = asked("When?")[:-1] + ', "tags": ["as-of"]}'
    assert problems(**{"eval/gates.yaml": gates, "eval/q.jsonl": tagged}) == []
    assert problems(**{"eval/gates.yaml": gates, "eval/q.jsonl": asked("When?")}) == [
        "mini/eval/gates.yaml:citation_recall@tag:as-of: no question has the tag 'as-of'"
    ]


# Placeholders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Scope: TODO\n", "TODO"),
        ("Lorem ipsum dolor.\n", "Lorem ipsum"),
        ("Ask [your clinic here] first.\n", "[your clinic here]"),
        ("说明：待补充\n", "待补充"),
    ],
)
def test_what_was_to_be_replaced_is_named(
    problems: Callable[..., list[str]], text: str, found: str
) -> None:
    assert problems(**{"README.md": f"A card.\n{text}"}) == [
        f"mini/README.md:2: holds the placeholder '{found}'"
    ]


def test_a_source_that_leads_nowhere_is_named_and_one_in_a_question_is_not(
    problems: Callable[..., list[str]],
) -> None:
    found = problems(
        **{
            "knowledge/SOURCES.yaml": SOURCES.format("CC0-1.0", '"https://www.example.org/note"'),
            "eval/questions.jsonl": asked("Who is ann@example.org?"),
        }
    )
    assert found == [
        "mini/knowledge/SOURCES.yaml:1: 'example.org' is an address that leads nowhere"
    ]


def test_words_that_only_look_so_are_let_be(problems: Callable[..., list[str]]) -> None:
    assert not problems(**{"README.md": "Todo es posible. XXX syndrome. Insert the catheter.\n"})


# Guards

SCOPE = "scope: {topics: {tax: {phrases: {en: [tax*]}, text: {en: No tax here.}}}}\n"


def case(stop: bool, guard: str = "scope", language: str = "en") -> str:
    return json.dumps({"guard": guard, "text": "My tax?", "stop": stop, "language": language})


def test_a_guard_is_tried_on_both_sides(problems: Callable[..., list[str]]) -> None:
    stops = "mini/guards.yaml:scope: has no case that it must stop in 'en' in guards.jsonl"
    lets = "mini/guards.yaml:scope: has no hard negative in 'en' in guards.jsonl"
    assert problems(**{"guards.yaml": SCOPE}) == [stops, lets]
    both = f"{case(True)}\n{case(False)}\n"
    assert problems(**{"guards.yaml": SCOPE, "guards.jsonl": both}) == []
    one = f"{case(True)}\n{case(False, language='zh')}\n"
    assert problems(**{"guards.yaml": SCOPE, "guards.jsonl": one}) == [lets]


def test_what_a_parent_tried_counts_for_a_child(
    write_pack: Writer, write_child: Writer, problems: Callable[..., list[str]]
) -> None:
    cases = f"{case(True)}\n{case(False)}\n"
    parent = write_pack("parent", **{"guards.yaml": SCOPE, "guards.jsonl": cases})
    own = "scope: {topics: {tax: {text: {en: Not here.}}}}\n"
    assert lint.check(write_child("child", str(parent), **{"guards.yaml": own})) == []


def test_a_case_of_no_guard_is_named(problems: Callable[..., list[str]]) -> None:
    cases = f"{case(True, guard='scop')}\n" + '{"guard": "scope", "text": "x"}\n'
    found = problems(**{"guards.jsonl": cases})
    assert "mini/guards.jsonl: there is no guard 'scop'; did you mean 'scope'?" in found
    assert "mini/guards.jsonl:2.stop: is missing" in found
