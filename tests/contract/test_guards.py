"""Every guard of the registry, for every pack: what it says, whatever it is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources import prompt

from domainkit import registry
from domainkit.guards import citations
from domainkit.packs import catalog, loader
from domainkit.packs.pack import Pack
from domainkit.protocols import AnswerGuard, QuestionGuard
from domainkit.types import Question

PACKS = [loader.load(name) for name in catalog.names()]
TEXT = st.one_of(
    st.text(max_size=80), st.sampled_from(["", "\x00", "\u202e", "<|im_start|>", "。" * 9])
)


def guards(kind: Any) -> list[Any]:
    return [
        pytest.param(guard, id=f"{name}-{pack.name}")
        for name in registry.names(kind)
        for pack in PACKS
        if (guard := registry.get(kind, name).from_pack(pack))
    ]


@pytest.mark.parametrize("guard", guards("question_guards"))
@settings(max_examples=25)
@given(text=TEXT, language=st.sampled_from(["en", "zh", "fr"]))
def test_a_question_guard_judges_anything(guard: QuestionGuard, text: str, language: str) -> None:
    question = Question(text, language=language)
    verdict = guard.check(question)
    assert isinstance(guard, QuestionGuard)
    assert verdict.stage == "question"
    assert verdict.action in {"pass", "ask", "refuse", "escalate"}
    assert verdict == guard.check(question)
    assert bool(verdict.text) == bool(verdict.reason) == (verdict.action != "pass")


@pytest.mark.parametrize("guard", guards("answer_guards"))
@settings(max_examples=25)
@given(written=TEXT, source=TEXT, language=st.sampled_from(["en", "zh", "fr"]))
def test_an_answer_guard_judges_anything(
    guard: AnswerGuard, written: str, source: str, language: str
) -> None:
    draft = citations.draft(Question("What?", language=language), prompt(source), written)
    verdict = guard.check(draft)
    assert isinstance(guard, AnswerGuard)
    assert verdict.stage == "answer"
    assert verdict == guard.check(draft)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_a_guard_that_a_pack_removes_does_not_run(pack: Pack) -> None:
    bare = Pack(
        pack.name,
        pack.folders,
        pack.manifest,
        pack.prompts,
        {},
        pack.glossary,
        pack.origins,
        pack.fingerprint,
    )
    for kind in ("question_guards", "answer_guards"):
        for name in registry.COMPONENTS[kind]:
            assert registry.get(kind, name).from_pack(bare) is None


ORDINARY = [
    ("What is the dose of metformin?", "en"),
    ("How is a contract terminated?", "en"),
    ("Which gene is mutated in the disease?", "en"),
    ("这种药的剂量是多少？", "zh"),
    ("合同如何解除？", "zh"),
    ("该基因的作用有哪些？", "zh"),
]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
@pytest.mark.parametrize(("text", "language"), ORDINARY)
def test_what_people_ask_passes_every_guard(pack: Pack, text: str, language: str) -> None:
    for name in registry.names("question_guards"):
        guard = registry.get("question_guards", name).from_pack(pack)
        assert guard is None or guard.check(Question(text, language=language)).action == "pass"
