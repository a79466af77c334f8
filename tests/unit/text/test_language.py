import pytest

from domainkit.text import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Take two tablets a day.", "en"),
        ("每天服用两片。", "zh"),
        ("服用 aspirin 100 mg，每天一次", "zh"),
        ("The drug is called 阿司匹林 in China, where many doctors prescribe it daily.", "en"),
        ("", "en"),
        ("12.5 %", "en"),
        ("𠀀𠀁", "zh"),
        ("é è ü", "en"),
    ],
)
def test_language_is_told_by_script(text: str, language: str) -> None:
    assert detect(text) == language


def test_three_tenths_of_han_characters_are_enough() -> None:
    assert detect("药" * 3 + " word" * 7) == "zh"
    assert detect("药" * 3 + " word" * 8) == "en"


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert detect("word " * 5_000 + "药" * 100_000) == "en"
