from __future__ import annotations

from datetime import date

import pytest

from domainkit.text import days

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("On 3 May 2021, how much notice was owed?", date(2021, 5, 3)),
        ("What was the limit in June 2020?", date(2020, 6, 30)),
        ("How much could the rent rise in 2021?", date(2021, 12, 31)),
        ("Before 1 March 2024, when could a landlord enter?", date(2024, 2, 29)),
        ("What was the limit before the reform of 2022?", date(2021, 12, 31)),
        ("What was the period before the amendment by Act 18 of 2023?", date(2022, 12, 31)),
        ("Under the law as it stood on 2021-11-30, what is the limit?", date(2021, 11, 30)),
        ("Was the deposit that we agreed in 2021 lawful then?", date(2021, 12, 31)),
        ("And in 2019?", date(2019, 12, 31)),
        ("How long is it under last year's rule?", date(2025, 12, 31)),
        ("And today?", TODAY),
        ("2021年5月3日时，几日内可以退货？", date(2021, 5, 3)),
        ("2022年修订前，年休假有几天？", date(2021, 12, 31)),
        ("截至二〇二三年六月一日，违约金的界限是多少？", date(2023, 6, 1)),
        ("在2023年12月31日以前，赔偿是几倍？", date(2023, 12, 30)),
        ("民国110年退货期限是几日？", date(2021, 12, 31)),
        ("按2022年的规定，年休假有几天？", date(2022, 12, 31)),
        ("那2020年呢？", date(2020, 12, 31)),
        ("去年的规定是几天？", date(2025, 12, 31)),
    ],
)
def test_a_question_says_for_which_day_it_is_asked(question: str, day: date) -> None:
    assert days.asked(question, TODAY) == day


@pytest.mark.parametrize(
    "question",
    [
        "What did Act 17 of 2022 change?",
        "Which law governs a contract made before 1 September 2023?",
        "When does consent that a child gave before 2024 lapse?",
        "How long is the notice since March 2024?",
        "When does a period that was running on 1 January 2021 end?",
        "Was it 2 months in 2021 and 3 in 2023?",
        "What was the rule on 31 February 2021?",
        "What will it be in 2030?",
        "2023年10月1日以前订立的合同，违约金适用哪个文本？",
        "2025年4月以前出生的孩子，父母能休假吗？",
        "2021年第三号修正案施行后，存管比例是多少？",
    ],
)
def test_a_date_of_what_happened_or_of_a_name_is_not_the_day_asked_for(question: str) -> None:
    assert days.asked(question, TODAY) is None


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("On 3 May 2021, how much notice was owed?", "how much notice was owed?"),
        ("Under the law as it stood on 2021-11-30, what is the limit?", "what is the limit?"),
        ("2022年修订前，年休假有几天？", "年休假有几天？"),
        ("在2023年12月31日以前，赔偿是几倍？", "赔偿是几倍？"),
        ("In 2021?", "In 2021?"),
    ],
)
def test_the_day_is_no_part_of_what_is_looked_for(question: str, rest: str) -> None:
    assert days.without(question) == rest


def test_what_held_before_may_be_asked_for_without_a_day() -> None:
    assert days.asks_former("What was the fee under the former rule?")
    assert days.asks_former("以前数据库要提前多久登记？")
    assert not days.asks_former("Is a contract made by an old man valid?")
