from __future__ import annotations

import pytest
from sources import pack, prompt

from domainkit.guards import citations
from domainkit.guards.grounding import GroundingGuard, support
from domainkit.types import Draft, Question

DOSE = "Adults take two tablets every six hours. Never take more than eight tablets in a day."
HOLDS = "Adults take two tablets every six hours [1]."
ALSO = "Never take more than eight tablets in a day [1]."
MOON = "The moon is made of cheese [7]."


def guard(**options: object) -> GroundingGuard:
    made = GroundingGuard.from_pack(pack({"grounding": options}))
    assert made is not None
    return made


def draft(*written: str, language: str = "en") -> Draft:
    question = Question("How many?", language=language)
    return citations.draft(question, prompt(DOSE), " ".join(written))


def test_a_supported_answer_passes() -> None:
    verdict = guard().check(draft(HOLDS, ALSO))
    assert (verdict.action, verdict.reason) == ("pass", "2 of 2 statements supported")
    assert (verdict.guard, verdict.stage) == ("grounding", "answer")


def test_what_is_left_out_is_said_and_so_are_markers_of_no_source() -> None:
    verdict = guard().check(draft(HOLDS, ALSO, MOON))
    assert verdict.action == "amend"
    assert verdict.reason == "2 of 3 statements supported; no source has the number [7]"
    assert verdict.text == ""


@pytest.mark.parametrize(
    ("mode", "minimum", "written", "action"),
    [
        ("repair", 0.5, (HOLDS, MOON), "amend"),
        ("repair", 0.6, (HOLDS, MOON), "refuse"),
        ("repair", 0.0, (HOLDS, MOON), "amend"),
        ("repair", 0.0, (MOON,), "refuse"),
        ("annotate", 0.5, (HOLDS, MOON), "amend"),
        ("annotate", 0.0, (MOON,), "refuse"),
        ("withhold", 0.5, (HOLDS, MOON), "refuse"),
        ("withhold", 0.5, (HOLDS, ALSO), "pass"),
        ("repair", 0.0, (), "refuse"),
    ],
)
def test_modes_and_the_least_support(
    mode: str, minimum: float, written: tuple[str, ...], action: str
) -> None:
    assert guard(mode=mode, minimum=minimum).check(draft(*written)).action == action


def test_repair_leaves_out_and_annotate_names() -> None:
    mixed = draft(HOLDS, MOON, ALSO)
    repaired = guard(mode="repair").released(mixed)
    assert repaired.text == (
        "Adults take two tablets every six hours. [1] "
        "Never take more than eight tablets in a day. [1]"
    )
    annotating = guard(mode="annotate")
    assert annotating.released(mixed) == mixed
    assert annotating.check(mixed).text == (
        "Not found in the documents, check before relying on it: “The moon is made of cheese.”"
    )
    chinese = annotating.check(draft(HOLDS, MOON, ALSO, language="zh")).text
    assert chinese.startswith("以下内容在文件中没有找到依据")


@pytest.mark.parametrize(
    "written",
    [
        "The documents do not say.",
        "the documents do not say",
        "“The documents do not say.” [1]",
        "文件中没有说明。",
    ],
)
def test_a_model_that_finds_no_answer_is_believed(written: str) -> None:
    found = guard()
    expected = "[1]" not in written
    assert found.abstains(written) is expected
    if expected:
        verdict = found.check(draft(written))
        assert (verdict.action, verdict.reason) == ("refuse", "the model found no answer")


def test_an_answer_that_holds_more_is_no_abstention() -> None:
    assert not guard().abstains(f"The documents do not say. {HOLDS}")
    assert not guard().abstains("")


def test_support_is_the_share_of_statements() -> None:
    assert support(draft(HOLDS, MOON)) == 0.5
    assert support(draft()) == 0.0


def test_a_pack_may_go_without() -> None:
    assert GroundingGuard.from_pack(pack()) is None
