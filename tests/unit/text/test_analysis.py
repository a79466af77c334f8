"""What is taken as the same word, in English and in Chinese."""

from __future__ import annotations

import pytest

from domainkit.text import index_terms, terms
from domainkit.text.analysis import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Which infections are treated?", ["infect", "treat"]),
        ("NAÏVE naïve naive", ["naiv", "naiv", "naiv"]),
        ("ＩＬ－６ and IL-6", ["il", "6", "il", "6"]),
        ("Women given iron; a woman gives", ["woman", "give", "iron", "woman", "give"]),
        ("民法典", ["民法", "法典"]),
        ("法", ["法"]),
        ("请问高血压怎么办？", ["高血", "血压"]),
        ("服用aspirin片", ["服用", "aspirin", "片"]),
        ("the of and", []),
        ("What must be set up, and what may?", ["set"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_terms_repeat_as_often_as_they_occur() -> None:
    assert terms("pain, pains and pain") == ["pain"] * 3


def test_the_index_holds_single_characters_too() -> None:
    assert index_terms("高血压 IL") == ["高血", "血压", "il", "高", "血", "压"]


def test_a_lone_character_is_indexed_once() -> None:
    assert index_terms("法") == ["法"]


@pytest.mark.parametrize("text", ["treated infections", "高血压的treatment"])
def test_the_index_holds_every_term(text: str) -> None:
    assert set(terms(text)) <= set(index_terms(text))


def test_traditional_and_simplified_chinese_find_each_other() -> None:
    assert terms("糖尿病患者應當檢查血壓") == terms("糖尿病患者应当检查血压")
    assert terms("勞動合同法 metformin 的劑量") == terms("劳动合同法 metformin 的剂量")


def test_characters_of_simplified_text_stay() -> None:
    assert fold("著名的乾隆皇后干杯") == "著名的乾隆皇后干杯"
