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


FULL = (
    source("Take two tablets a day. Children with a fever need the syrup.", 1),
    source("The tablets are white.", 2),
)


ASKED = Prompt(
    (), FULL, Question("How many tablets a day, and what do children with a fever need?")
)


def completed(
    text: str, *, complete: bool = True, shows_all: bool = True, given: Prompt = ASKED
) -> Answer:
    question = given.question or Question("")
    pipeline = GuardPipeline.from_pack(pack({"grounding": {"complete": complete}}))

    def finish(text: str) -> Answer:
        return pipeline.finish(
            citations.draft(question, given, text), sufficiency=0.9, verdicts=()
        )

    writer, shown = Writer(EchoGenerator(text), len), ""
    doing = write(writer, given, finish, release=pipeline.released, complete=pipeline.completes)
    while True:
        try:
            shown += next(doing)
        except StopIteration as ended:
            answer: Answer = ended.value.answer
            assert not shows_all or " ".join(shown.split()) == " ".join(answer.text.split())
            return answer


def test_the_documents_own_sentences_complete_what_a_model_wrote() -> None:
    said = "Take two tablets a day. [1]"

    answer = completed(said)

    assert answer.text == f"{said}\n\nChildren with a fever need the syrup. [1]"
    assert any("the documents' own sentences" in notice for notice in answer.notices)
    assert completed(said, complete=False).text == said


def test_nothing_is_added_that_an_answer_says_already() -> None:
    whole = "Take two tablets a day. [1] Children with a fever need the syrup. [1]"

    answer = completed(whole)

    assert (answer.text, answer.notices) == (whole, ())


def test_support_is_that_of_what_the_model_wrote() -> None:
    answer = completed("Take two tablets a day. [1] The moon is blue. [1]")

    assert answer.support == 0.5
    assert "syrup" in answer.text


def test_what_is_of_another_source_than_those_that_answer_best_is_stood_in_for() -> None:
    answer = completed("The tablets are white. [2]", shows_all=False)

    assert "white" not in answer.text
    assert "Take two tablets a day. [1]" in answer.text
    assert any(
        "of other sources or people than those that answer best" in n for n in answer.notices
    )
    kept = completed("The tablets are white. [2]", complete=False)
    assert kept.text == "The tablets are white. [2]"


def test_what_holds_for_others_than_those_asked_about_is_stood_in_for() -> None:
    told = "It is 120 g/L in women who are not pregnant. In pregnancy it is 110 g/L."
    asked = Question("Which haemoglobin is too low in pregnant women?")
    given = Prompt((), (source(told, 1),), asked)

    answer = completed(
        "It is 120 g/L in women who are not pregnant. [1]", given=given, shows_all=False
    )

    assert answer.text == "In pregnancy it is 110 g/L. [1]"
