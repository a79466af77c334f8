from __future__ import annotations

import pytest
from sources import pack, source

from domainkit.guards import citations, doses
from domainkit.guards.dosing import DosingGuard
from domainkit.packs.schemas.medicines import Dosing
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
    asked = "How much ibuprofen for my child?"
    assert said in guard().check(draft(said, asked)).reason
    assert said not in guard().check(draft(said, "How much ibuprofen?")).reason


def test_a_dose_of_adults_is_left_out_where_a_child_is_asked_about() -> None:
    text = (
        "Adults take 400 mg of ibuprofen. The most is 1,200 mg of ibuprofen a day. "
        "Children of 6 years and over take 200 mg of ibuprofen."
    )
    question = Question("How much ibuprofen may my child take?")
    whole = citations.draft(question, Prompt((), (source(text, title="Doses"),), question), text)
    assert guard().check(whole).action == "amend"
    assert guard().released(whole).text.startswith("Children of 6 years")


def test_a_dose_for_another_age_than_the_one_asked_about_is_left_out() -> None:
    text = (
        "Children of 9 to 11 years take at most 3 caplets a day. "
        "Children of 6 to 8 years take at most 2 caplets a day."
    )
    question = Question("How many caplets a day may an eight-year-old take?")
    whole = citations.draft(question, Prompt((), (source(text, title="Doses"),), question), text)
    assert guard().check(whole).action == "amend"
    assert (
        guard().released(whole).text
        == "Children of 6 to 8 years take at most 2 caplets a day. [1]"
    )


MAXIMA = {
    "paracetamol": {"drug": "paracetamol", "most": "4000 mg", "source": "label"},
    "paracetamol-child": {
        "drug": "paracetamol",
        "most": "75 mg/kg",
        "people": ["child"],
        "source": "label",
    },
    "methotrexate": {
        "drug": "methotrexate",
        "most": "30 mg",
        "per": "week",
        "unless": {"en": ["leukaemia"]},
        "source": "label",
    },
    "adrenaline": {
        "drug": "adrenaline",
        "most": "0.5 mg",
        "per": "dose",
        "routes": ["intramuscular"],
        "source": "label",
    },
    "levothyroxine": {"drug": "levothyroxine", "most": "500 ug", "source": "label"},
}
KNOWN = [*DRUGS, ["methotrexate"], ["adrenaline"], ["levothyroxine"], ["对乙酰氨基酚"]]


def said_so(text: str, title: str = "Doses") -> str:
    """Return what is done with a statement that its own passage makes."""
    made = DosingGuard.from_pack(pack({"dosing": {"drugs": KNOWN, "maxima": MAXIMA}}))
    assert made
    question = Question("What is the dose?")
    prompt = Prompt((), (source(text, title=title),), question)
    return made.check(citations.draft(question, prompt, f"{text} [1]")).action


@pytest.mark.parametrize(
    "said",
    [
        "Take 5,000 mg of paracetamol.",
        "Take 1 g of paracetamol every 4 hours.",
        "Take 1,500 mg paracetamol three times a day.",
        "A child takes 20 mg/kg of paracetamol every 4 hours.",
        "Methotrexate 15 mg is taken, once daily.",
        "Methotrexate 35 mg once a week.",
        "Adrenaline 1 mg into a muscle.",
        "Levothyroxine 100 mg daily.",
    ],
)
def test_a_dose_above_the_most_is_left_out_though_a_passage_gives_it(said: str) -> None:
    assert said_so(said) == "refuse"


@pytest.mark.parametrize(
    "said",
    [
        "Take 1 g of paracetamol every 4 to 6 hours, at most 4 g in 24 hours.",
        "A child takes 15 mg/kg of paracetamol every 6 hours.",
        "After 10 g of paracetamol at once, an overdose, the liver may fail.",
        "Methotrexate 15 mg once a week.",
        "Methotrexate 20 mg daily in leukaemia.",
        "Adrenaline 1 mg intravenously.",
        "Levothyroxine 100 micrograms daily for 300 days.",
        "The solution has 5,000 mg per litre of paracetamol.",
        "Ibuprofen 9,000 mg and paracetamol 500 mg.",
    ],
)
def test_a_dose_within_the_most_is_kept(said: str) -> None:
    assert said_so(said) in {"pass"}


def test_a_title_says_which_drug_a_statement_is_about() -> None:
    assert said_so("Adults take 9 g a day.", title="Paracetamol tablets") == "refuse"
    assert said_so("Adults take 9 g a day.", title="Tablets") == "pass"


def test_the_table_names_drugs_that_are_listed() -> None:
    with pytest.raises(ValueError, match="in no list of drugs: paracetamol"):
        Dosing.model_validate({"maxima": {"paracetamol": MAXIMA["paracetamol"]}})


def test_adrenaline_is_no_word_of_the_kidney_and_per_kg_is_a_unit() -> None:
    names = (("adrenaline",), ("enoxaparin",))
    given = "Children receive 300 micrograms of adrenaline into a muscle."
    assert doses.read(given, names).people == {"child"}
    assert doses.read("Adults with renal failure take 10 mg", names).people == {"adult", "renal"}
    spelt, short = (doses.read(f"enoxaparin 1 mg{per}", names) for per in (" per kg", "/kg"))
    assert spelt.amounts == short.amounts
