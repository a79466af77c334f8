from __future__ import annotations

import pytest

from domainkit.text.analysis import fold
from domainkit.text.dates import dates
from domainkit.text.figures import Figure, figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in force on 1 January 2021", (2021, 1, 1)),
        ("in force on January 1st, 2021", (2021, 1, 1)),
        ("since 2021-01-01", (2021, 1, 1)),
        ("since January 2021", (2021, 1, 0)),
        ("every 15 December", (0, 12, 15)),
        ("自2021年1月1日起施行", (2021, 1, 1)),
        ("自二〇二一年一月一日起施行", (2021, 1, 1)),
        ("2021年1月", (2021, 1, 0)),
        ("每年12月15日", (0, 12, 15)),
    ],
)
def test_dates_are_read_however_they_are_written(
    text: str, expected: tuple[int, int, int]
) -> None:
    found, rest = dates(fold(text))
    assert found == [expected]
    assert not any(c.isdigit() for c in rest)


@pytest.mark.parametrize("text", ["10 mg in 5 days", "You may 5 times", "第一条 第二款", "三个月"])
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert dates(fold(text))[0] == []


def test_a_date_is_also_its_year_and_another_date_is_of_its_kind() -> None:
    day, year = figures("On 1 May 2021."), figures("In the year 2021.")
    assert all(any(f.agrees(g) for g in day) for f in year)
    assert not all(any(f.agrees(g) for g in year) for f in day)
    (other,) = (f for f in figures("2021-06-01") if f.value == 20210601)
    assert any(other.alike(f) for f in day)
    assert Figure(20210501, "date") in day
