from __future__ import annotations

import pytest
from sources import pack, source

from domainkit.guards import citations
from domainkit.guards.dosing import DosingGuard
from domainkit.types import Draft, Prompt, Question

TEXT = (
    "Adults take 500 mg to 1,000 mg of paracetamol by mouth, with at least 4 hours between doses. "
    "Children of 10 kg take 150 mg of paracetamol. Ibuprofen for adults is 400 mg by mouth three "
    "times a day."
)
DRUGS = [["paracetamol", "acetaminophen"], ["ibuprofen", "布洛芬"]]


def guard() -> DosingGuard:
    made = DosingGuard.from_pack(pack({"dosing": {"drugs": DRUGS}}))
    assert made
    return made


def draft(written: str, asked: str = "What is the dose?") -> Draft:
    prompt = Prompt((), (source(TEXT, title="Doses"),), Question(asked))
    first = TEXT.partition(" Children")[0] + " [1] "
    return citations.draft(Question(asked), prompt, first + written)


@pytest.mark.parametrize(
    "said",
    [
        "Adults take 500 mg of acetaminophen by mouth.",
        "Adults take 0.5 g of paracetamol.",
        "Children of 10 kg take 150 mg of paracetamol.",
        "Ibuprofen for adults is 400 mg three times a day.",
        "Wash your hands twice a day.",
    ],
)
def test_a_dose_that_a_passage_gives_passes(said: str) -> None:
    assert guard().check(draft(said)).action == "pass"


@pytest.mark.parametrize(
    "said",
    [
        "Adults take 5,000 mg of paracetamol.",
        "Adults take 500 g of paracetamol.",
        "Adults take 500 mg of ibuprofen.",
        "Children take 1,000 mg of paracetamol.",
        "Adults take 400 mg of ibuprofen intravenously.",
        "Adults take 400 mg of ibuprofen four times a day.",
        "成人每次服用布洛芬800毫克。",
    ],
)
def test_a_dose_for_another_case_is_left_out(said: str) -> None:
    whole = draft(said)
    verdict = guard().check(whole)
    assert verdict.action == "amend"
    assert said in verdict.reason
    assert said not in guard().released(whole).text


def test_an_answer_of_nothing_else_is_held_back() -> None:
    prompt = Prompt((), (source(TEXT, title="Doses"),), Question("What?"))
    only = citations.draft(Question("What?"), prompt, "Take 9,000 mg of paracetamol.")
    assert guard().check(only).action == "refuse"


def test_the_people_of_the_question_count() -> None:
    said = "Take 400 mg of ibuprofen three times a day."
    assert guard().check(draft(said, "How much ibuprofen for my child?")).action == "amend"
