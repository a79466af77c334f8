from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.text import numerals


@given(st.integers(0, 9_999_999))
def test_what_is_written_is_read_again_and_well_formed(value: int) -> None:
    written = numerals.write(value)
    assert numerals.read(written) == value
    assert numerals.exact(written) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("十五", 15),
        ("一十五", 15),
        ("二百", 200),
        ("两百", 200),
        ("一千零八十七", 1087),
        ("一千〇八十七", 1087),
        ("二〇二一", 2021),
        ("671", 671),
    ],
)
def test_every_usual_spelling_is_well_formed(written: str, value: int) -> None:
    assert numerals.exact(written) == value


@pytest.mark.parametrize(
    "written", ["一千一百六一", "六87", "二七十二", "二七", "七十百", "x", "1.5"]
)
def test_what_nobody_writes_so_has_no_exact_value(written: str) -> None:
    assert numerals.exact(written) is None
