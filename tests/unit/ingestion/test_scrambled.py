"""Scrambled text is told from text in any language, a table or a list of codes."""

from __future__ import annotations

import pytest

from domainkit.ingestion import scrambled

ENGLISH = (
    "The landlord must repair what the tenant did not break, and the tenant must let him in. "
    "Where neither has paid for the repair within a month, the court decides who bears it. "
) * 4
CHINESE = (
    "当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除合同，法律另有规定的除外。" * 4
)


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        CHINESE,
        "Der Vermieter muss instand setzen, was der Mieter nicht zerstört hat. " * 8,
        "Người thuê nhà phải trả tiền thuê đúng hạn theo hợp đồng đã ký kết. " * 8,
        "Жилец платит за жильё в срок, который указан в договоре найма. " * 8,
        "| a | b | c |\n| --- | --- | --- |\n" + "| x | y | z |\n" * 60,
        "Short.",
        "",
    ],
)
def test_what_reads_well_is_left_alone(text: str) -> None:
    assert scrambled.signs(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENGLISH.translate(str.maketrans("etaoinsrhl", "zqxjkvbpgw")), "in no language"),
        (" ".join(ENGLISH.replace(" ", "")), "single letters"),
        (ENGLISH.replace(" ", ""), "run together"),
        (CHINESE.encode().decode("latin-1"), "wrong encoding"),
        (CHINESE.encode("gb18030").decode("latin-1"), "wrong encoding"),
        (CHINESE.encode("gb18030").decode("big5", "replace"), "common ones"),
        ("".join(chr(0xE000 + ord(c)) for c in ENGLISH), "no meaning"),
    ],
)
def test_what_does_not_is_named(text: str, said: str) -> None:
    assert any(said in sign for sign in scrambled.signs(text))
