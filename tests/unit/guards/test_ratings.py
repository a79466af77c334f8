"""A grade stays with what its source gives it to."""

from __future__ import annotations

import pytest

from domainkit.guards.judging import judge
from domainkit.guards.reading import read

EN = (
    "Colorectal cancer (2021): screening of adults of 50 to 75 years, grade A; of 45 to 49 years, "
    "grade B; of 76 to 85 years selectively, grade C."
)
ZH = "50至75岁成人筛查结直肠癌为A级；45至49岁为B级。"


@pytest.mark.parametrize(
    ("part", "claim", "verdict"),
    [
        (EN, "Screening of adults of 50 to 75 years for cancer is grade A.", "supported"),
        (EN, "Colorectal cancer: screening of adults of 50 to 75 years, grade B.", "contradicted"),
        (
            EN,
            "Screening of adults of 76 to 85 years for cancer selectively, grade C.",
            "supported",
        ),
        (ZH, "50至75岁成人筛查结直肠癌为A级。", "supported"),
        (ZH, "50至75岁成人筛查结直肠癌为B级。", "contradicted"),
    ],
)
def test_a_grade_is_not_taken_from_beside_what_it_belongs_to(
    part: str, claim: str, verdict: str
) -> None:
    assert judge(read(claim), read(""), read(part), part).verdict == verdict
