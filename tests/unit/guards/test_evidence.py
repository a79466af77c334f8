from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import source

from domainkit.guards.evidence import WIDE, measure, sufficiency
from domainkit.packs.schemas.sufficiency import Fitted, Sufficiency
from domainkit.types import Retrieved

FITTED = Fitted(intercept=-4, weights={"coverage": 5, "score": 3, "similarity": 2})


def found(text: str, number: int = 1, **via: float) -> Retrieved:
    return replace(source(text, number), score=0.5, via=via)


def measured(question: str, *retrieved: Retrieved, idf: dict[str, float]) -> dict[str, float]:
    return measure(question, retrieved, idf, rarity=2.0, given=5)


def test_it_is_the_logistic_of_what_was_measured() -> None:
    expected = 1 / (1 + exp(-(-4 + 5 * 0.8 + 3 * 0.9 + 2 * 0.6)))
    looked = {"coverage": 0.8, "score": 0.9, "similarity": 0.6, "rarity": 7.0}
    assert sufficiency(looked, FITTED) == pytest.approx(expected)


def test_nothing_found_is_nothing_to_answer_with() -> None:
    assert measured("dose", idf={"dose": 1.0}) == {}
    assert sufficiency({}, Fitted(intercept=100)) == 0.0


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1))
def test_it_is_a_probability_whatever_the_weights(
    intercept: float, weight: float, score: float
) -> None:
    fitted = Fitted(intercept=intercept, weights={"score": weight})
    assert 0 <= sufficiency({"score": score}, fitted) <= 1


def test_how_far_the_best_stands_out_is_measured_in_the_corpus_s_own_unit() -> None:
    first = found("text", lexical=8.0)
    others = [found(f"text {n}", lexical=2.0) for n in range(4)]
    looked = measured("text", first, *others, idf={"text": 1.0})
    assert looked["words"] == 4.0
    assert looked["words_lead"] == 3.0
    assert looked["words_field"] == 4.0


def test_words_and_vectors_that_find_the_same_agree() -> None:
    both = [found(f"text {n}", n + 1, lexical=9 - n, dense=0.9 - n / 10) for n in range(5)]
    apart = [found(f"text {n}", n + 1, lexical=9 - n) for n in range(5)]
    assert measured("text", *both, idf={"text": 1.0})["agreement"] == 1.0
    assert measured("text", *apart, idf={"text": 1.0})["agreement"] == 0.0


def test_a_rare_word_no_passage_holds_is_missed() -> None:
    idf = {"dose": 1.0, "psoriasi": 3.0}
    looked = measured("psoriasis dose", found("The dose is 5 mg."), idf=idf)
    assert looked["coverage"] == pytest.approx(0.25)
    assert looked["missing"] == pytest.approx(1.5)


def test_one_sentence_that_holds_the_question_tells_more_than_a_passage_that_does() -> None:
    idf = {"dosag": 1.0, "infant": 1.0}
    apart = found("The dosage is 5 mg. It is for an infant.")
    together = found("The dosage for an infant is 5 mg.")
    assert measured("dosage infant", apart, idf=idf)["sentence"] < 0.7
    assert measured("dosage infant", together, idf=idf)["sentence"] == 1.0


def test_a_sentence_is_read_under_its_headings() -> None:
    idf = {"metformin": 1.0, "dosag": 1.0}
    under = found("The dosage is 500 mg.")
    named = replace(under, passage=replace(under.passage, title="Metformin"))
    assert measured("metformin dosage", under, idf=idf)["sentence"] < 1.0
    assert measured("metformin dosage", named, idf=idf)["sentence"] == 1.0


def test_a_common_word_is_missed_less_than_a_name() -> None:
    text = found("The dosage is 5 mg.")
    common = measured("highest dosage", text, idf={"highest": 2.0, "dosag": 1.0})
    name = measured("psoriasis dosage", text, idf={"psoriasi": 2.0, "dosag": 1.0})
    assert common["missing"] < 0.6 * name["missing"]


def test_how_it_is_to_be_answered_is_no_part_of_the_subject() -> None:
    idf = dict.fromkeys(["rash", "infecti", "begin", "yes", "mayb"], 1.0)
    question = "Is the rash infectious? Begin with yes, no or maybe."
    looked = measured(question, found("The rash is infectious."), idf=idf)
    assert looked["subject"] == 1.0


def test_of_chinese_single_characters_count_and_words_that_only_ask_do_not() -> None:
    idf = dict.fromkeys(["应该", "该测", "测量", "应", "该", "测", "量"], 1.0)
    looked = measured("应该测量", found("每天测量血压。"), idf=idf)
    assert looked["subject"] == looked["sentence"] == 1.0
    assert looked["coverage"] < 0.5


def test_a_letter_of_an_english_question_is_one_of_its_words_and_not_all_of_it() -> None:
    idf = dict.fromkeys(["vitamin", "d", "peopl", "take"], 1.0)
    looked = measured("Vitamin D: people take", found("Vitamins are for people."), idf=idf)
    assert looked["sentence"] == pytest.approx(2 / 4)


def test_a_latin_name_in_a_chinese_question_is_one_of_its_words() -> None:
    idf = dict.fromkeys(["bmi", "身", "高", "身高"], 1.0)
    looked = measured("BMI身高", found("身高与体重。"), idf=idf)
    assert looked["subject"] == pytest.approx(2 / 3)


def test_only_what_the_generator_is_given_is_read_and_only_so_many_are_looked_at() -> None:
    far = [found("nothing", lexical=1.0)] * 5 + [found("The dose.", lexical=0.5)] * (WIDE + 5)
    looked = measured("dose", *far, idf={"dose": 1.0})
    assert looked["coverage"] == 0.0


def test_a_model_is_chosen_by_language_and_by_what_was_searched() -> None:
    words, both = Fitted(intercept=1), Fitted(intercept=2)
    fitted = Sufficiency(models={"en-words": words, "en-vectors": both})
    assert fitted.model("en", vectors=True) == both
    assert fitted.model("en", vectors=False) == words
    assert Sufficiency(models={"en-words": words}).model("en", vectors=True) == words
    assert fitted.model("zh", vectors=False) == Fitted()


def test_where_a_figure_is_asked_for_the_sentence_that_gives_one_is_looked_at() -> None:
    idf = {"vaccin": 1.0, "cost": 1.0}
    subject_only = found("The vaccine is given twice, 6 months apart. Cost is one barrier.")
    sum_named = found("The vaccine is given twice. It costs 40 euros.")
    looked = measured("What does the vaccine cost?", subject_only, idf=idf)
    assert (looked["figure"], looked["no_figure"], looked["telling"]) == (0.0, 1.0, 0.0)
    looked = measured("What does the vaccine cost?", sum_named, idf=idf)
    assert (looked["figure"], looked["no_figure"]) == (1.0, 0.0)
    assert 0.3 < looked["telling"] < 0.5  # of two words the common one, "cost"


def test_where_none_is_asked_for_every_sentence_may_tell() -> None:
    looked = measured("Is the vaccine safe?", found("The vaccine is safe."), idf={"vaccin": 1.0})
    assert (looked["figure"], looked["no_figure"]) == (0.0, 0.0)
    assert looked["telling"] == looked["sentence"] == 1.0


def test_how_people_speak_is_not_missed_where_a_text_says_it_otherwise() -> None:
    single = ["孩", "子", "吃", "多", "少", "叶", "酸"]
    idf = dict.fromkeys([*single, "叶酸"], 1.0)
    looked = measured("孩子吃多少叶酸？", found("叶酸每日400微克。"), idf=idf)
    assert looked["subject"] == 1.0
    assert looked["missing"] == 0.0
