"""What is shown while an answer is written, and what is kept back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sources import pack, source

from domainkit.assistant.wiring import Writer
from domainkit.assistant.writing import write
from domainkit.guards import citations
from domainkit.guards.pipeline import GuardPipeline
from domainkit.testing import EchoGenerator
from domainkit.types import Answer, Draft, Prompt, Question

PROMPT = Prompt(
    (),
    (source("Take two tablets a day. The dose is repealed by Act 9.", 1),),
    Question("How many tablets?"),
)
WRITTEN = "Take two tablets a day [1]. The dose is repealed by Act 9 [1]. The moon is blue [1]. "


def finish(text: str) -> Answer:
    draft = citations.draft(Question("How many tablets?"), PROMPT, text)
    return Answer("answered", draft.text, draft.citations, draft.claims, support=1.0)


def shown(release: object) -> list[str]:
    writer = Writer(EchoGenerator(WRITTEN), len)
    return list(write(writer, PROMPT, finish, release=release))  # type: ignore[arg-type]


def test_only_supported_sentences_are_shown() -> None:
    pieces = shown(lambda draft: draft)

    assert pieces == ["Take two tablets a day. [1] ", "The dose is repealed by Act 9. [1] "]


def test_a_sentence_that_a_guard_keeps_back_is_never_shown() -> None:
    def without_repealed(draft: Draft) -> Draft:
        return replace(draft, text="") if "repealed" in draft.text else draft

    assert shown(without_repealed) == ["Take two tablets a day. [1] "]


def test_a_sentence_that_a_guard_corrects_is_shown_corrected() -> None:
    def corrected(draft: Draft) -> Draft:
        return replace(draft, text=draft.text.replace("two", "2"))

    assert shown(corrected)[0] == "Take 2 tablets a day. [1] "


def test_a_generator_that_ends_without_a_result_is_at_fault() -> None:
    class Broken(EchoGenerator):
        def stream(self, *_: object, **__: object) -> object:  # type: ignore[override]
            return iter(["Take two"])

    from domainkit.errors import GenerationError

    with pytest.raises(GenerationError, match="ended its stream without a result"):
        list(write(Writer(Broken(), len), PROMPT, finish, release=lambda draft: draft))


@pytest.mark.parametrize(("sufficiency", "says"), [(0.5, None), (0.9, "Take two tablets a day.")])
def test_who_finds_no_answer_in_sources_that_hold_one_is_stood_in_for(
    sufficiency: float, says: str | None
) -> None:
    guards = GuardPipeline.from_pack(pack({"grounding": {}}))
    question = Question("How many tablets?")

    def finish(text: str) -> Answer:
        draft = citations.draft(question, PROMPT, text)
        return guards.finish(draft, sufficiency=sufficiency, verdicts=())

    writer = Writer(EchoGenerator("The documents do not say."), len)
    writing = write(writer, PROMPT, finish, release=guards.released)
    while True:
        try:
            next(writing)
        except StopIteration as ended:
            answer = ended.value.answer
            break
    assert answer.status == ("answered" if says else "insufficient")
    assert (says or "The documents do not say.") in answer.text
    assert any("echo found no answer" in n for n in answer.notices) == bool(says)
