import pytest

from domainkit.text.figures import Figure, figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("take 500 mg", {(500, "mg")}),
        ("2.5mg/kg/day", {(2.5, "mg/kg")}),
        ("1,200 people", {(1200, "")}),
        ("95 % and 95 per cent and 95 percent", {(95, "%")}),
        ("０．５ μg", {(0.5, "ug")}),
        ("5 million dollars, $5", {(5e6, "usd"), (5, "usd")}),
        ("a 20-minute walk", {(20, "minute")}),
        ("10–12 weeks", {(10, "week"), (12, "week")}),
        ("two weeks, twelve days", {(2, "week"), (12, "day")}),
        ("38.5°C and 38.5 ℃", {(38.5, "°")}),
        ("百分之二十，千分之一", {(20, "%"), (0.1, "%")}),
        ("第一千零八十七条第三款", {(1087, "article"), (3, "paragraph")}),
        ("第十条、第二十条、第一百零五条", {(10, "article"), (20, "article"), (105, "article")}),
        ("二〇二一年", {(2021, "year")}),
        ("年满十八周岁，每日3次", {(18, "age"), (3, "times")}),
        ("罚款3万元，一万二千元", {(30_000, "cny"), (12_000, "cny")}),
        ("三个月，两周，二十分钟", {(3, "month"), (2, "week"), (20, "minute")}),
        ("一般情况下统一规定", set()),
        ("someone told no one", set()),
        ("HIV-1, IL6, B12 and CD4", set()),
    ],
)
def test_figures_are_read_with_their_units(text: str, expected: set[tuple[float, str]]) -> None:
    assert figures(text) == {Figure(value, unit) for value, unit in expected}


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (Figure(5, "mg"), Figure(5, "mg"), True),
        (Figure(5, "mg"), Figure(5, "g"), False),
        (Figure(5, "mg"), Figure(6, "mg"), False),
        (Figure(5, "mg"), Figure(5), True),
        (Figure(5, "mg/kg"), Figure(5, "mg"), True),
        (Figure(5, "mg/kg"), Figure(5, "mg/day"), False),
    ],
)
def test_figures_agree_as_far_as_both_name_a_unit(one: Figure, other: Figure, agree: bool) -> None:
    assert one.agrees(other) is agree
    assert other.agrees(one) is agree
