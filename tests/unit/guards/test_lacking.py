from __future__ import annotations

from dataclasses import replace

from sources import pack, source

from domainkit.guards.lacking import lacking, missing
from domainkit.types import Question


def test_the_words_no_passage_holds_are_named_as_they_were_asked() -> None:
    found = [source("Paracetamol lowers a fever.")]
    asked = "Which light therapies are used for psoriasis with fever?"
    assert missing(asked, found) == ["light", "therapies", "used", "psoriasis"]


def test_of_a_chinese_question_too() -> None:
    assert (
        missing("带状疱疹疫苗要打几针？", [source("血压应当每天测量。")])
        == ["带状疱疹疫苗", "打"][:1]
    )


def test_a_question_whose_words_are_all_there_misses_none() -> None:
    assert missing("Does paracetamol lower fever?", [source("Paracetamol lowers a fever.")]) == []


def test_where_each_word_stands_somewhere_an_answer_is_what_is_missing() -> None:
    found = [source("Paracetamol lowers a fever.")]
    words = replace(pack(), prompts={"refuse.en": "In none of these: $missing"})
    asked = Question("Does paracetamol lower fever?")
    assert lacking(words, asked, found) == "In none of these: a sentence that answers it"


def test_a_paragraph_of_a_judgment_is_no_number_of_a_source() -> None:
    found = [source("The appeal fails.", title="Okafor v Press", locator="Case 207/2023, [6]")]
    said = lacking(pack(), Question("What does a licence cost?"), found)
    assert "Nearest: Okafor v Press, Case 207/2023, (6)" in said
