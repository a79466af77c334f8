from __future__ import annotations

import pytest
from sources import source

from domainkit.guards.matching import Match, match, rarity
from domainkit.types import Passage

FEVER = (
    "Paracetamol is recommended for fever in adults. The dose for adults is 500 mg to 1 g every "
    "six hours. Children under 12 years should not take tablets. It does not reduce swelling."
)
DIVORCE = (
    "夫妻双方自愿离婚的，应当签订书面离婚协议。自收到申请之日起三十日内，任何一方可以撤回申请。"
)


def found(statement: str, text: str, *, least: float = 0.6, **fields: str) -> tuple[Match, str]:
    passage = source(text, **fields).passage
    result = match(statement, passage, rarity([passage, other()]), least=least)
    return result, result.span.of(text)


def other() -> Passage:
    return source("Ibuprofen relieves pain and swelling in the joints of adults.", 2).passage


@pytest.mark.parametrize(
    "statement", ["Paracetamol is recommended for fever.", "自愿离婚应当签订书面离婚协议。"]
)
def test_a_statement_is_supported_by_the_sentence_that_says_it(statement: str) -> None:
    text = FEVER if statement.isascii() else DIVORCE
    result, quote = found(statement, text)
    assert result.verdict == "supported"
    assert quote in {
        "Paracetamol is recommended for fever in adults.",
        "夫妻双方自愿离婚的，应当签订书面离婚协议。",
    }


def test_a_sentence_is_supported_by_itself_in_full() -> None:
    for text in (FEVER, DIVORCE):
        for sentence in [s for s in text.replace("。", "。|").replace(". ", ".|").split("|") if s]:
            result, quote = found(sentence, text, least=0.99)
            assert (result.verdict, quote) == ("supported", sentence.strip())


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("The dose for adults is 500 mg every six hours.", "supported"),
        ("The dose for adults is 500 mg every 6 hours.", "supported"),
        ("The dose for adults is 500 every six hours.", "supported"),
        ("The dose for adults is 600 mg every six hours.", "contradicted"),
        ("The dose for adults is 500 g every six hours.", "contradicted"),
        ("The dose for adults is 500 mg every eight hours.", "contradicted"),
        ("Children under 21 years should not take tablets.", "contradicted"),
        ("The dose for 40 adults is 500 mg every six hours.", "unsupported"),
        ("Paracetamol is not recommended for fever in adults.", "contradicted"),
        ("Children under 12 years should take tablets.", "contradicted"),
        ("It reduces swelling.", "contradicted"),
        ("Paracetamol cures malaria in pregnant women.", "unsupported"),
        ("", "unsupported"),
        ("Yes.", "unsupported"),
    ],
)
def test_figures_units_and_denials_are_checked(statement: str, verdict: str) -> None:
    assert found(statement, FEVER)[0].verdict == verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("自收到申请之日起三十日内任何一方可以撤回申请。", "supported"),
        ("自收到申请之日起30日内，任何一方可以撤回申请。", "supported"),
        ("自收到申请之日起六十日内，任何一方可以撤回申请。", "contradicted"),
        ("自收到申请之日起三十日内，任何一方不可以撤回申请。", "contradicted"),
        ("夫妻双方自愿离婚的，不需要签订书面离婚协议。", "contradicted"),
        ("继承从被继承人死亡时开始。", "unsupported"),
    ],
)
def test_chinese_is_checked_alike(statement: str, verdict: str) -> None:
    assert found(statement, DIVORCE)[0].verdict == verdict


@pytest.mark.parametrize(
    ("statement", "source_text"),
    [
        (
            "Aspirin is not recommended for children.",
            "Children should not receive aspirin for this; it is not recommended.",
        ),
        ("Swimming is allowed.", "Swimming is allowed, but diving is not."),
        ("不同患者的剂量各不相同。", "不同患者的剂量各不相同。"),
        ("There is no cure.", "There is no known cure."),
    ],
)
def test_denials_in_other_words_or_elsewhere_do_not_clash(
    statement: str, source_text: str
) -> None:
    assert found(statement, source_text, least=0.5)[0].verdict == "supported"


def test_the_dose_of_one_sentence_does_not_meet_the_age_of_the_next() -> None:
    text = "Adults take 40 mg of the drug a day. Children take 10 mg of the drug a day."
    assert found("Children take 40 mg of the drug a day.", text)[0].verdict == "contradicted"
    assert found("Children take 10 mg of the drug a day.", text)[0].verdict == "supported"


def test_a_statement_without_figures_may_join_two_sentences() -> None:
    text = "The ferry leaves from the north pier. Bicycles travel on the ferry free of charge."
    statement = "Bicycles travel free of charge on the ferry from the north pier."
    result, quote = found(statement, text, least=0.75)
    assert (result.verdict, quote) == ("supported", text)


def test_another_thing_in_the_place_of_the_one_that_weighs_most_is_contradicted() -> None:
    text = "Dogs cause up to 99% of human cases."
    result, _ = found("Bats cause up to 99% of human cases.", text, least=0.9)
    assert result.share < 0.9
    assert (result.verdict, result.check) == ("contradicted", "exchanged")
    result, _ = found("Bats live in the caves of human settlements.", text, least=0.9)
    assert result.verdict == "unsupported"


def test_a_coded_name_is_no_other() -> None:
    text = "IL-6 is raised in patients with active arthritis."
    assert found("IL-6 is raised in active arthritis.", text)[0].verdict == "supported"
    assert found("IL6 is raised in active arthritis.", text)[0].verdict == "supported"
    assert found("IL-2 is raised in active arthritis.", text)[0].verdict == "contradicted"
    assert found("CD4 is raised in active arthritis.", text)[0].verdict == "unsupported"


def test_the_title_and_section_say_what_a_sentence_is_about() -> None:
    text = "Take 40 mg once a day in the evening."
    statement = "Simvastatin is taken once a day in the evening."
    assert found(statement, text, title="Simvastatin")[0].verdict == "supported"
    assert (
        found(
            "Article 12 applies from 2021 on.", "It applies from 2021 on.", locator="Article 12"
        )[0].verdict
        == "supported"
    )


def test_a_title_alone_supports_nothing() -> None:
    title = "Simvastatin in adults"
    assert found(title, f"{title}\n\nTake it at night.", title=title)[0].verdict == "unsupported"
    assert (
        found("Simvastatin in adults.", "Take it at night.", title=title)[0].verdict
        == "unsupported"
    )


def test_nothing_is_found_in_nothing() -> None:
    result, _ = found("Take two.", "")
    assert (result.verdict, result.share) == ("unsupported", 0.0)


def test_rare_words_weigh_more() -> None:
    weights = rarity([source("The drug helps. The drug heals. The drug harms.").passage])
    assert weights["drug"] < weights["heal"] < weights[""]
