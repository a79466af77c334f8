"""A part of a long article is cited by its own marks, as a lawyer would cite it."""

from __future__ import annotations

from domainkit.ingestion.outline import outline
from domainkit.ingestion.profile import Profiles
from domainkit.ingestion.structure import StructureSplitter
from domainkit.types import Document

PROFILES = Profiles.load()
SPLITTER = StructureSplitter(PROFILES)
LONG = "当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除。" * 12
WORDS = "The tenant pays the rent on the day and at the place that the lease names. " * 16


def locators(text: str, profile: str, language: str) -> list[str]:
    document = Document(
        id="d", source="a", title="T", text=text, language=language, profile=profile
    )
    return [p.locator for p in SPLITTER.split(outline(document, PROFILES.get(profile)))]


def test_the_paragraphs_and_items_of_a_chinese_article_are_counted() -> None:
    text = (
        f"第十二条 {LONG}\n\n下列各项：\n\n（一）{LONG}\n\n（二）{LONG}\n\n{LONG}\n\n第十三条 短。"
    )
    assert locators(text, "statute", "zh") == [
        "第十二条",
        "第十二条第二款",
        "第十二条第二款第（二）项",
        "第十二条第三款",
        "第十三条",
    ]


def test_an_article_of_one_paragraph_has_items_alone() -> None:
    text = f"第四条 下列作品：\n\n(一){LONG}\n\n(二){LONG}\n\n(三){LONG}"
    assert locators(text, "statute", "zh") == ["第四条", "第四条第（二）项", "第四条第（三）项"]


def test_a_heading_of_its_own_is_no_paragraph_and_an_indented_line_begins_one() -> None:
    text = f"第七条\n\n　　甲方：{LONG}\n　　乙方：{LONG}\n　　{LONG}"
    assert locators(text, "statute", "zh") == ["第七条", "第七条第二款", "第七条第三款"]


def test_marks_below_marks_are_cited_together() -> None:
    items = f"(1) {WORDS}\n\n(a) {WORDS}\n\n(i) {WORDS}\n\n(ii) {WORDS}\n\n(b) {WORDS}"
    assert locators(f"§ 9 Rent\n\n{items}\n\n(2) {WORDS}\n", "statute", "en") == [
        "§ 9",
        "§ 9(1)(a)",
        "§ 9(1)(a)(i)",
        "§ 9(1)(a)(ii)",
        "§ 9(1)(b)",
        "§ 9(2)",
    ]


def test_the_letter_i_follows_h_and_the_numeral_v_follows_iv() -> None:
    letters = "\n\n".join(f"({letter}) {WORDS}" for letter in "ghij")
    assert locators(f"§ 9 Rent\n\n(f) {WORDS}\n\n{letters}", "statute", "en")[-2:] == [
        "§ 9(i)",
        "§ 9(j)",
    ]
    numerals = "\n\n".join(f"({numeral}) {WORDS}" for numeral in ("ii", "iii", "iv", "v", "vi"))
    text = f"§ 9 Rent\n\n(a) {WORDS}\n\n(i) {WORDS}\n\n{numerals}\n\n(b) {WORDS}"
    assert locators(text, "statute", "en")[-3:] == ["§ 9(a)(v)", "§ 9(a)(vi)", "§ 9(b)"]


def test_a_cross_reference_that_begins_a_wrapped_line_is_no_mark() -> None:
    text = f"§ 9 Rent\n\n(a) {WORDS}As paragraph\n(d) of this section says, {WORDS}\n\n(b) {WORDS}"
    assert locators(text, "statute", "en") == ["§ 9", "§ 9(a)", "§ 9(a)", "§ 9(b)"]


def test_a_defined_term_is_cited_within_its_clause() -> None:
    text = (
        "1. Definitions.\n\n“Affiliate” means a company.\n\n“Fee” means money.\n\n2. Term. A year."
    )
    assert locators(text, "contract", "en") == [
        "cl. 1, “Affiliate”",
        "cl. 1, “Fee”",
        "cl. 2",
    ]


def test_a_statute_without_its_articles_is_counted_beyond_a_hundred() -> None:
    text = "第一条 " + "\n\n".join([LONG] * 120)
    assert locators(text, "statute", "zh")[-1] == "第一条第120款"
