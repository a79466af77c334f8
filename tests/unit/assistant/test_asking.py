"""A question as it is asked, and a follow-up as a model puts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sources import pack

from domainkit.assistant import Assistant, asking
from domainkit.assistant.conversation import condense
from domainkit.assistant.wiring import Writer, extractive
from domainkit.errors import QuestionError
from domainkit.packs import scaffold
from domainkit.testing import EchoGenerator
from domainkit.types import Message, Question

DOSE = (Message("user", "How much paracetamol may an adult take?"), Message("assistant", "4 g."))
FOLLOWS = condense(Question("And how much may children take?", DOSE))
DOSE_ZH = (Message("user", "成人可以服用多少对乙酰氨基酚？"), Message("assistant", "4克。"))
FOLLOWS_ZH = condense(Question("那孩子可以服用多少呢？", DOSE_ZH, language="zh"))


def rewritten(question: Question, reply: str) -> str | None:
    return asking.rewritten(question, pack(), Writer(EchoGenerator(reply), len)).condensed


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (FOLLOWS, "How much paracetamol may children take?"),
        (FOLLOWS_ZH, "孩子可以服用多少对乙酰氨基酚？"),
    ],
)
def test_a_follow_up_is_searched_as_the_model_puts_it(question: Question, reply: str) -> None:
    assert rewritten(question, reply) == reply
    assert rewritten(question, f"  {reply}\n\nI hope this helps.") == reply


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (FOLLOWS, "How much ibuprofen may children take?"),
        (FOLLOWS, "How much paracetamol may children of 12 take?"),
        (FOLLOWS, "How much paracetamol may an adult?"),
        (FOLLOWS, "How much paracetamol may children take? " * 4),
        (FOLLOWS, ""),
        (FOLLOWS_ZH, "孩子可以服用多少布洛芬？"),
        (FOLLOWS_ZH, "成人？"),
    ],
)
def test_what_nobody_asked_is_not_searched_for(question: Question, reply: str) -> None:
    assert rewritten(question, reply) == question.condensed


def test_no_model_is_asked_where_there_is_nothing_to_rewrite() -> None:
    assert rewritten(Question("How much paracetamol?"), "Paracetamol?") is None
    assert asking.rewritten(FOLLOWS, pack(), extractive()) is FOLLOWS


def test_a_question_has_a_length() -> None:
    assert asking.checked("  a dose? ") == "a dose?"
    for text in (" \n", "a" * (asking.MAX_QUESTION + 1)):
        with pytest.raises(QuestionError):
            asking.checked(text)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    planned = scaffold.plan("asked", domain="medical", language="en", base=tmp_path)
    scaffold.write(planned)
    yield planned.folder


@pytest.mark.parametrize("condense", ["rules", "model"])
def test_an_assistant_has_its_model_rewrite_where_it_is_told_to(
    folder: Path, condense: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "How much paracetamol may an adult take in 24 hours?"
    overrides = {"generation.engine": "echo", "generation.condense": condense}
    with closing(Assistant.open(folder, overrides=overrides)) as assistant:
        monkeypatch.setattr(
            assistant, "_writer", lambda *_, **__: Writer(EchoGenerator(asked), len)
        )
        said = folder / "said.md"
        said.write_text("# Paracetamol\n\nAn adult may take 4 g of paracetamol in 24 hours.\n")
        assistant.ingest([said])
        turn = assistant.ask(assistant.question("And in 24 hours?", history=DOSE))
    ruled = f"{DOSE[0].content} And in 24 hours?"
    assert turn.question.condensed == (asked if condense == "model" else ruled)


def test_what_names_a_person_is_in_no_turn_that_is_kept(folder: Path) -> None:
    said = (Message("user", "My number is 13812345678"), Message("assistant", "Yes?"))
    with closing(Assistant.open(folder)) as assistant:
        asked = assistant.question("I swallowed bleach, call 13812345678", history=said)
        turn = assistant.ask(asked)
    assert turn.answer.status == "escalated"
    assert "13812345678" not in repr(turn)
    assert "[phone-1]" in turn.question.text
