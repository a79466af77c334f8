from __future__ import annotations

import pytest

from domainkit.guards.quotations import quotations, verbatim

LAW = "当事人应当按照约定全面履行自己的义务。"
DOSE = "Adults take two tablets every six hours, but never more than eight."


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (f"该条规定：“{LAW}”", [LAW]),
        ("本条例所称“日”按自然日计算。", []),
        (
            'It says "adults take two tablets every six hours".',
            ["adults take two tablets every six hours"],
        ),
        ('A "landlord" includes an agent.', []),
    ],
)
def test_terms_in_quotation_marks_are_no_quotations(text: str, quoted: list[str]) -> None:
    assert list(quotations(text)) == quoted


@pytest.mark.parametrize(
    ("quote", "held"),
    [
        ("adults take two tablets  every six hours", True),
        ("Adults take two … never more than eight", True),
        ("never more than eight … Adults take two", False),
        ("Adults take three tablets every six hours", False),
        ("当事人应当按照约定全面履行自己的义务", False),
    ],
)
def test_a_quotation_has_the_words_of_its_source_in_order(quote: str, held: bool) -> None:
    assert verbatim(quote, [DOSE]) is held
