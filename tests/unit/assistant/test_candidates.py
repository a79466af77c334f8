from __future__ import annotations

import pytest

from domainkit.assistant.candidates import candidates, expansion, pairs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Patients with chronic obstructive pulmonary disease (COPD) were seen.",
            ("COPD", "chronic obstructive pulmonary disease"),
        ),
        ("ACE (angiotensin converting enzyme) is", ("ACE", "angiotensin converting enzyme")),
        (
            "the Data Protection Act 2018 (DPA) applies",
            ("DPA", "Data Protection Act 2018"),
        ),
        ("the company (see Annex A) pays", None),
        ("as of today (USA) it", None),
        ("Hansen disease, also known as leprosy, is", ("leprosy", "Hansen disease")),
        ("It is also known as leprosy.", None),
        ("慢性阻塞性肺疾病（COPD）是", ("COPD", "慢性阻塞性肺疾病")),
        (
            "依照中华人民共和国劳动合同法（以下简称“劳动法”）",
            ("劳动法", "中华人民共和国劳动合同法"),
        ),
        ("流行性感冒，俗称流感，是", ("流感", "流行性感冒")),
    ],
)
def test_what_a_text_says_of_names(text: str, found: tuple[str, str] | None) -> None:
    assert next(pairs(text), None) == found


@pytest.mark.parametrize(
    ("short", "before", "long"),
    [
        ("HIV", "infected by the human immunodeficiency virus", "human immunodeficiency virus"),
        ("5-HT", "levels of 5-hydroxytryptamine", "5-hydroxytryptamine"),
        ("GAD", "a scale", ""),
        ("WHO", "the WHO", ""),
    ],
)
def test_the_letters_are_sought_from_the_right(short: str, before: str, long: str) -> None:
    assert expansion(short, before) == long


def test_readings_are_counted_and_a_plural_is_no_other() -> None:
    texts = [
        ("a.md", "Atrial fibrillation (AF) is. Then amniotic fluid (AF) was."),
        ("b.md", "Randomised controlled trial (RCT). Randomised controlled trials (RCT)."),
        ("c.md", "atrial fibrillation (AF)"),
    ]
    first, second = candidates(texts)
    assert (first.term, first.senses) == ("AF", ("atrial fibrillation", "amniotic fluid"))
    assert (first.times, first.place) == (3, "a.md")
    assert (second.term, second.senses) == ("RCT", ("randomised controlled trial",))
