from __future__ import annotations

from datetime import date

import pytest

from domainkit.packs import loader
from domainkit.packs.references import references
from domainkit.packs.schemas.works import Work
from domainkit.packs.works import Works, alike
from domainkit.types import Resolution

LEGAL = loader.load("legal")
WORKS = Works(LEGAL.works)


def resolve(text: str, as_of: date | None = date(2024, 6, 1)) -> Resolution:
    (reference,) = references(text, LEGAL.authorities, names=WORKS.names)
    return WORKS.resolve(reference, as_of)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("《民法典》第一千二百六十条", "found"),
        ("《民法典》第一千二百六十一条", "absent"),
        ("根据中华人民共和国民法典第10条", "found"),
        ("民法典《合同编》第671条", "found"),
        ("《合同编》第一千一百条", "absent"),
        ("《中华人民共和国合同法》第七十二条", "repealed"),
        ("《婚姻法》第三条", "repealed"),
        ("《公司法》第二百六十六条", "absent"),
        ("《民法商法》第七十六条", "unknown"),
        ("Art. 17 GDPR", "found"),
        ("Article 100 of the General Data Protection Regulation", "absent"),
        ("Article 6 of Directive 95/46/EC", "repealed"),
    ],
)
def test_a_reference_is_held_against_the_works_of_the_pack(text: str, standing: str) -> None:
    assert resolve(text).standing == standing


def test_what_is_in_force_depends_on_the_day() -> None:
    assert resolve("《合同法》第七十二条", date(2020, 12, 31)).standing == "found"
    repealed = resolve("《合同法》第七十二条", date(2021, 1, 1))
    assert (repealed.standing, dict(repealed.facts)) == (
        "repealed",
        {"until": "2021-01-01", "by": "民法典"},
    )
    assert resolve("《民法典》第一条", date(2020, 12, 31)).standing == "pending"
    assert resolve("《公司法》第二百六十六条", date(2024, 7, 1)).standing == "found"
    assert resolve("《公司法》第二百六十六条", None).standing == "found"


def test_a_misspelt_name_is_told_from_one_that_is_not_known() -> None:
    assert resolve("《消费者权宜保护法》第二条").facts == {"title": "消费者权益保护法"}
    assert resolve("《海洋渔业法》第二条").facts == {}


def test_titles_are_compared_without_what_says_nothing() -> None:
    assert alike("消费者权益保护条例", "澜汀市消费者权益保护条例（虚构）")
    assert alike("中华人民共和国刑法（2020年修正）", "刑法")
    assert not alike("刑法", "民法典")
    assert not alike("", "刑法")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"repealed": "1999-01-01"}, "before the last wording"),
        ({"parts": {"Book 1": (1, 99)}}, "'Book 1' is not within 1 to 10"),
        ({"wordings": [{"since": "2001-01-01", "numbers": 9}] * 2}, "oldest first"),
    ],
)
def test_works_that_cannot_be_are_refused(changes: dict[str, object], said: str) -> None:
    whole = {
        "names": ["Act"],
        "wordings": [{"since": "2000-01-01", "numbers": 10}],
        "source": "the gazette",
    }
    with pytest.raises(ValueError, match=said):
        Work.model_validate({**whole, **changes})


def test_two_works_may_not_share_a_name() -> None:
    from domainkit.packs.schemas.works import Works as Schema

    one = {"names": ["Act"], "wordings": [{"since": "2000-01-01", "numbers": 1}], "source": "here"}
    assert Schema.model_validate({"a": one, "b": one}).repeated() == [
        ("b.names", "'Act' is also a name of a")
    ]
