from __future__ import annotations

import pytest

from domainkit.guards.judging import judge
from domainkit.guards.reading import read

LINE = "The landlord must return the deposit within 14 days after the tenancy has ended."
DRUG = "In adults the drug raised blood pressure by 5 mmHg and was stopped at 2 hospitals."
RULE = "经营者应当自收到退货之日起七日内返还价款，但是不得收取手续费。"


@pytest.mark.parametrize(
    ("statement", "source", "verdict", "check"),
    [
        (LINE, LINE, "supported", ""),
        ("The landlord must return the deposit within two weeks.", LINE, "supported", ""),
        ("The landlord must return the deposit within 15 days.", LINE, "contradicted", "figures"),
        ("The landlord must return the deposit within 14 hours.", LINE, "contradicted", "figures"),
        ("The landlord may return the deposit within 14 days.", LINE, "contradicted", "direction"),
        (
            "The landlord must return the deposit within 14 days before the tenancy has ended.",
            LINE,
            "contradicted",
            "direction",
        ),
        (
            "The landlord must not return the deposit within 14 days.",
            LINE,
            "contradicted",
            "denial",
        ),
        (
            "The tenant must return the deposit within 14 days after the tenancy has ended.",
            LINE,
            "contradicted",
            "exchanged",
        ),
        (
            "In adults the drug lowered blood pressure by 5 mmHg.",
            DRUG,
            "contradicted",
            "direction",
        ),
        (
            "In adults Valsartan raised blood pressure by 5 mmHg.",
            DRUG,
            "contradicted",
            "exchanged",
        ),
        ("The drug raised blood pressure by 5 mmHg in Norway.", DRUG, "unsupported", "names"),
        (RULE, RULE, "supported", ""),
        ("经营者必须自收到退货之日起7日内返还价款。", RULE, "supported", ""),
        ("经营者可以自收到退货之日起七日内返还价款。", RULE, "contradicted", "direction"),
        ("经营者应当自收到退货之日起七个月内返还价款。", RULE, "contradicted", "figures"),
        ("消费者应当自收到退货之日起七日内返还价款。", RULE, "contradicted", "exchanged"),
    ],
)
def test_the_check_that_decides(statement: str, source: str, verdict: str, check: str) -> None:
    judged = judge(read(statement), read(""), read(source), source)
    assert (judged.verdict, judged.check) == (verdict, check)


def test_names_may_stand_anywhere_in_the_passage_and_be_spelt_out() -> None:
    line = "It recommends the vaccine for adults every year."
    passage = f"The World Health Organization (Geneva) met in May. {line}"
    for statement in (
        "Every year the WHO recommends the vaccine for adults.",
        "Every year the World Health Organization recommends the vaccine for adults.",
    ):
        assert judge(read(statement), read(""), read(line), passage).verdict == "supported"
    other = "Every year the CDC recommends the vaccine for adults."
    assert judge(read(other), read(""), read(line), passage).check == "names"


def test_what_title_and_section_say_need_not_be_repeated() -> None:
    line = "Adults take 40 mg once a day."
    statement = "Adults take 40 mg of Simvastatin once a day."
    assert judge(read(statement), read("Simvastatin"), read(line), line).verdict == "supported"
    assert judge(read(statement), read(""), read(line), line).check == "names"
