from __future__ import annotations

import pytest
from sources import pack

from domainkit.guards.scope import ScopeGuard
from domainkit.types import Question

OPTIONS = {
    "topics": {
        "animals": {
            "phrases": {"en": ["my dog", "my cat*"], "zh": ["我的狗"]},
            "unless": {"en": ["bit me"]},
            "text": {"en": "Ask a vet.", "zh": "请咨询兽医。"},
        },
        "tax": {"phrases": {"en": ["tax*"]}, "text": {"en": "Ask an accountant."}},
    }
}


def check(question: Question):
    guard = ScopeGuard.from_pack(pack({"scope": OPTIONS}))
    assert guard is not None
    return guard.check(question)


@pytest.mark.parametrize(
    ("text", "reason", "shown"),
    [
        ("My dog has a fever", "animals", "Ask a vet."),
        ("Which taxes do I pay?", "tax", "Ask an accountant."),
        ("我的狗发烧", "animals", "请咨询兽医。"),
    ],
)
def test_a_topic_is_refused_with_its_own_words(text: str, reason: str, shown: str) -> None:
    verdict = check(Question(text, language="en" if text.isascii() else "zh"))
    assert (verdict.action, verdict.reason, verdict.text) == ("refuse", reason, shown)


@pytest.mark.parametrize("text", ["A dog bit me", "My dog bit me", "I have a fever", "我发烧"])
def test_everything_else_passes(text: str) -> None:
    assert check(Question(text)).action == "pass"


def test_a_text_without_the_questions_language_is_shown_all_the_same() -> None:
    assert check(Question("我的 taxes 呢", language="zh")).text == "Ask an accountant."


def test_the_question_that_stands_alone_is_read() -> None:
    asked = Question("And his fever?", condensed="My dog is ill. And his fever?")
    assert check(asked).action == "refuse"


def test_a_pack_without_topics_refuses_nothing() -> None:
    assert ScopeGuard.from_pack(pack()) is None
