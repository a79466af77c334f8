from __future__ import annotations

from dataclasses import replace
from datetime import date

from sources import source

from domainkit.guards import citations
from domainkit.guards.conflict import ConflictGuard
from domainkit.packs.schemas.guards import Conflict
from domainkit.types import Prompt, Question, Retrieved, Validity, Verdict

OLD = "Adults may take at most 3,000 mg of paracetamol in 24 hours."
NEW = "Adults may take at most 4,000 mg of paracetamol in 24 hours."


def dated(text: str, number: int, day: date | None) -> Retrieved:
    found = source(text, number)
    return replace(found, passage=replace(found.passage, validity=Validity(effective_from=day)))


def check(said: str, *sources: Retrieved, language: str = "en") -> Verdict:
    prompt = Prompt((), sources)
    draft = citations.draft(Question("q", language=language), prompt, said)
    return ConflictGuard(Conflict()).check(draft)


def test_both_sides_are_shown_with_their_dates() -> None:
    verdict = check(f"{NEW} [2]", dated(OLD, 1, date(2011, 1, 1)), dated(NEW, 2, date(2024, 5, 1)))
    assert verdict.action == "amend"
    assert f"“{NEW}”" in verdict.text
    assert f"“{OLD}”" in verdict.text
    assert "2011-01-01" in verdict.text
    assert "2024-05-01" in verdict.text


def test_a_document_without_a_date_says_so() -> None:
    verdict = check(f"{NEW} [2]", dated(OLD, 1, None), dated(NEW, 2, date(2024, 5, 1)))
    assert "no date given" in verdict.text


def test_chinese_documents_that_disagree_are_both_shown() -> None:
    one, two = "成人24小时内不得超过4克对乙酰氨基酚。", "成人24小时内不得超过2克对乙酰氨基酚。"
    verdict = check(f"{one}[1]", source(one, 1), source(two, 2), language="zh")
    assert verdict.action == "amend"
    assert one in verdict.text
    assert two in verdict.text


def test_documents_that_agree_or_speak_of_something_else_are_no_conflict() -> None:
    other = "Children may take at most 60 mg of ibuprofen each day."
    assert check(f"{NEW} [1]", source(NEW, 1), source(NEW, 2)).action == "pass"
    assert check(f"{NEW} [1]", source(NEW, 1), source(other, 2)).action == "pass"


def test_a_document_of_another_subject_does_not_contradict() -> None:
    scores = "Scores of 5, 10 and 15 mark mild, moderate and severe anxiety."
    asked = "The GAD-7 is a questionnaire of seven items. It gives 0 to 21 points."
    anxiety = source(f"{asked} {scores}", 1, title="Anxiety and the GAD-7")
    depression = source(
        "The PHQ-9 questionnaire gives 0 to 27 points. Scores of 5, 10, 15 and 20 mark the lower "
        "limits of mild, moderate, moderately severe and severe depression.",
        2,
        title="Depression and the PHQ-9",
    )
    elsewhere = source(scores.replace("5,", "6,"), 2, title="Scores of anxiety")
    assert check(f"{scores} [1]", anxiety, depression).action == "pass"
    assert check(f"{scores} [1]", anxiety, elsewhere).action == "amend"


def test_one_document_does_not_contradict_itself() -> None:
    one = source(NEW, 1)
    same = source(OLD, 2)
    same = replace(same, passage=replace(same.passage, document_id=one.passage.document_id))
    assert check(f"{NEW} [1]", one, same).action == "pass"
