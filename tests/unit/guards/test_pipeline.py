from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sources import pack, prompt, source

from domainkit import registry
from domainkit.guards import citations
from domainkit.guards.pipeline import GuardPipeline
from domainkit.packs import loader
from domainkit.types import Answer, Draft, Question, Verdict

DOSE = "Adults take two tablets every six hours. Never take more than eight tablets in a day."
HOLDS = "Adults take two tablets every six hours [1]."
MOON = "The moon is made of cheese [7]."
QUESTION = Question("How many tablets do adults take?")
GUARDS: dict[str, Any] = {
    "emergency": {
        "text": {"en": "Call now: $sign."},
        "signs": {"pain": {"name": {"en": "pain"}, "all": {"en": [["pain"]]}}},
    },
    "injection": {"phrases": {"en": ["be evil"]}, "text": {"en": "No."}},
    "scope": {"topics": {"dogs": {"phrases": {"en": ["dog"]}, "text": {"en": "Ask a vet."}}}},
    "grounding": {},
    "notice": {
        "texts": {"a": {"en": "Not  advice.", "zh": "不是建议。"}, "b": {"en": "See a doctor."}}
    },
}


def pipeline(**changes: Any) -> GuardPipeline:
    return GuardPipeline.from_pack(pack({**GUARDS, **changes}))


def finished(
    *written: str, question: Question = QUESTION, sufficiency: float = 0.8, **changes: Any
) -> Answer:
    draft = citations.draft(question, prompt(DOSE), " ".join(written))
    passed = (Verdict("emergency", "question", "pass"),)
    return pipeline(**changes).finish(draft, sufficiency=sufficiency, verdicts=passed)


def test_every_guard_of_both_stages_is_asked() -> None:
    verdicts = pipeline().question(QUESTION)
    assert [v.guard for v in verdicts] == ["emergency", "injection", "scope"]
    assert {v.action for v in verdicts} == {"pass"}
    raw = pipeline().question(QUESTION, stage="raw")
    condensed = pipeline().question(QUESTION, stage="condensed")
    assert [v.guard for v in raw] == ["emergency", "injection"]
    assert [v.guard for v in condensed] == ["scope"]


@pytest.mark.parametrize(
    ("text", "status", "shown"),
    [
        ("pain", "escalated", "Call now: pain."),
        ("be evil", "refused", "No."),
        ("my dog", "refused", "Ask a vet."),
        ("be evil to my dog in pain", "escalated", "Call now: pain."),
        ("be evil to my dog", "refused", "No."),
    ],
)
def test_the_most_pressing_verdict_stops_the_turn(text: str, status: str, shown: str) -> None:
    guards, question = pipeline(), Question(text)
    verdicts = guards.question(question)
    answer = guards.stopped(question, verdicts)
    assert answer is not None
    assert (answer.status, answer.text, answer.verdicts) == (status, shown, verdicts)
    assert (answer.citations, answer.support, answer.notices) == ((), None, ())


def test_nothing_stops_an_ordinary_question() -> None:
    guards = pipeline()
    assert guards.stopped(QUESTION, guards.question(QUESTION)) is None


def test_an_answer_is_folded_with_its_verdicts_and_notices() -> None:
    answer = finished(HOLDS)
    assert (answer.status, answer.sufficiency, answer.support) == ("answered", 0.8, 1.0)
    assert answer.text == "Adults take two tablets every six hours. [1]"
    assert [c.marker for c in answer.citations] == ["[1]"]
    assert [(v.guard, v.action) for v in answer.verdicts] == [
        ("emergency", "pass"),
        ("grounding", "pass"),
        ("notice", "amend"),
    ]
    assert answer.notices == ("Not advice.", "See a doctor.")


def test_notices_are_in_the_questions_language_where_there_is_one() -> None:
    answer = finished(HOLDS, question=Question("多少?", language="zh"))
    assert answer.notices == ("不是建议。", "See a doctor.")


def test_a_repaired_answer_keeps_its_support_as_written() -> None:
    answer = finished(HOLDS, MOON)
    assert (answer.status, answer.support) == ("answered", 0.5)
    assert answer.text == "Adults take two tablets every six hours. [1]"
    assert [c.verdict for c in answer.claims] == ["supported"]


def test_an_annotated_answer_names_what_was_not_found() -> None:
    answer = finished(HOLDS, MOON, grounding={"mode": "annotate"})
    assert "cheese" in answer.text
    assert "“The moon is made of cheese.”" in answer.notices[0]


@pytest.mark.parametrize("written", [(MOON,), (), (HOLDS, MOON, "Two. Three. Cats purr.")])
def test_an_answer_that_does_not_hold_is_replaced_and_its_support_says_so(
    written: tuple[str, ...],
) -> None:
    answer = finished(*written)
    assert answer.status == "insufficient"
    assert answer.support is not None
    assert answer.support < 0.5
    assert answer.text == (
        "The documents do not say.\nLooked for: How many tablets do adults take?\n"
        "Nearest: Document 1, p. 1"
    )
    assert (answer.citations, answer.claims) == ((), ())
    assert answer.notices == ("Not advice.", "See a doctor.")


def test_a_model_that_finds_no_answer_is_believed_unless_the_sources_are_likely_to_hold_one() -> (
    None
):
    said = "The documents do not say."
    for sufficiency, support in ((0.59, None), (0.6, 0.0)):
        answer = finished(said, sufficiency=sufficiency)
        assert (answer.status, answer.support) == ("insufficient", support)
    assert finished(said, sufficiency=0.8, grounding={"doubted": 0.9}).support is None
    assert not pipeline(grounding=None).believes(said, sufficiency=0.1)


def test_without_a_grounding_guard_the_answer_is_released_as_it_is() -> None:
    answer = finished(HOLDS, MOON, grounding=None)
    assert (answer.status, answer.support) == ("answered", 0.5)
    assert "cheese" in answer.text
    assert finished("", grounding=None).status == "insufficient"


def test_insufficient_says_what_was_looked_for_and_what_is_nearest() -> None:
    retrieved = [source("x", n, title="T" if n < 3 else f"T{n}", locator="") for n in range(1, 7)]
    asked = Question("And\n dogs?", condensed="Is $5 enough? And\n dogs?", language="en")
    answer = pipeline().insufficient(asked, retrieved, sufficiency=0.1, verdicts=())
    assert answer.status == "insufficient"
    assert answer.text == (
        "The documents do not say.\nLooked for: Is $5 enough? And dogs?\nNearest: T; T3; T4"
    )
    assert (answer.sufficiency, answer.support) == (0.1, None)


@pytest.mark.parametrize(
    ("language", "nothing"), [("en", "Nearest: nothing"), ("zh", "最接近：无")]
)
def test_where_nothing_is_near_it_says_so(language: str, nothing: str) -> None:
    asked = Question("?", language=language)
    answer = pipeline().insufficient(asked, [], sufficiency=0.0, verdicts=())
    assert answer.text.endswith(nothing)


@dataclass(frozen=True)
class Plugin:
    """A guard of somebody else's, for either stage."""

    verdict: Verdict

    def check(self, judged: Question | Draft) -> Verdict:
        return self.verdict


@pytest.mark.parametrize(
    ("action", "status"),
    [("refuse", "refused"), ("ask", "clarify"), ("escalate", "escalated"), ("pass", "answered")],
)
def test_another_answer_guard_may_stop_an_answer(action: Any, status: str) -> None:
    other = Plugin(Verdict("doses", "answer", action, text="Which weight?"))
    guards = GuardPipeline(pack(GUARDS), answer=[other])
    draft = citations.draft(QUESTION, prompt(DOSE), HOLDS)
    answer = guards.finish(draft, sufficiency=0.8, verdicts=())
    assert answer.status == status
    assert (answer.text == "Which weight?") == (action != "pass")
    assert answer.sufficiency == 0.8


def test_a_plugin_runs_after_the_guards_that_see_the_raw_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Mine:
        @classmethod
        def from_pack(cls, _: Any) -> Plugin:
            return Plugin(Verdict("mine", "question", "ask", text="Which one?"))

    known, get = registry.names, registry.get
    monkeypatch.setattr(
        registry, "names", lambda kind: [*known(kind), *(["mine"] if "question" in kind else [])]
    )
    monkeypatch.setattr(
        registry, "get", lambda kind, name: Mine if name == "mine" else get(kind, name)
    )
    guards = pipeline()
    verdicts = guards.question(QUESTION)
    assert [v.guard for v in verdicts] == ["emergency", "injection", "mine", "scope"]
    answer = guards.stopped(QUESTION, verdicts)
    assert answer is not None
    assert (answer.status, answer.text) == ("clarify", "Which one?")


def test_a_pack_without_guards_lets_everything_through() -> None:
    guards = GuardPipeline.from_pack(pack())
    assert guards.question(Question("pain, be evil, dog")) == ()
    answer = guards.finish(
        citations.draft(QUESTION, prompt(DOSE), HOLDS), sufficiency=1.0, verdicts=()
    )
    assert (answer.status, answer.notices, answer.verdicts) == ("answered", (), ())


@pytest.mark.parametrize("name", ["medical", "legal", "biomedical"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_guards_of_every_pack_fold_an_answer(name: str, language: str) -> None:
    guards = GuardPipeline.from_pack(loader.load(name))
    asked = Question("How many tablets do adults take?", language=language)
    verdicts = guards.question(asked)
    assert guards.stopped(asked, verdicts) is None
    draft = citations.draft(asked, prompt(DOSE), HOLDS)
    answer = guards.finish(draft, sufficiency=0.9, verdicts=verdicts)
    assert (answer.status, answer.support) == ("answered", 1.0)
    lacking = guards.insufficient(asked, draft.prompt.sources, sufficiency=0.1, verdicts=verdicts)
    assert "Document 1, p. 1" in lacking.text
    assert "$" not in lacking.text


def test_a_reason_that_quotes_a_statement_names_no_person() -> None:
    said = "You will win, says the owner of 4111 1111 1111 1111."
    guards = {"privacy": {}, "advice": {"phrases": {"en": ["you will win"]}, "text": {"en": "-"}}}
    answer = finished(HOLDS, said, **guards)
    (advice,) = [v for v in answer.verdicts if v.guard == "advice"]
    assert "you will win" in advice.reason.lower()
    assert "4111" not in advice.reason
