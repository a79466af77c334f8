"""Sections follow the headings of a document, and only those."""

from __future__ import annotations

import pytest

from domainkit.ingestion.outline import outline
from domainkit.ingestion.profile import Profiles
from domainkit.types import Document, Section, Span

PROFILES = Profiles.load()

STATUTE = """某市条例

目 录
第一章 总则
第二章 权利

第一章 总则

第一条 为了公平，制定本条例。

第二条 本条例适用于本市。按照
第五十条 的规定执行的，从其规定。

第二条之一 新增的内容。

第二章 权利

第三条 消费者享有权利：

（一）知情；

第三条的规定不影响其他权利。

第四条【安全】 享有安全保障。

附件一 名单

第一条 附件另行编号。
"""

CONTRACT = """SERVICES AGREEMENT

ARTICLE I
DEFINITIONS

Section 1.1 “Act” means the Act of 2010.

Section 1.2 “Fee” means the amount stated in
Section 9.3 of this Agreement, as amended.

ARTICLE II
SERVICES

Section 2.1 Scope. The Supplier provides the following:
1. Cleaning of the rooms.
2. Washing of the windows.

Section 2.2 Time. Without delay.

SCHEDULE A
1. Price
Ten.
"""


def paths(text: str, profile: str) -> list[tuple[str, ...]]:
    document = Document(id="", source="a.txt", title="", text=text)
    return [section.path for section in outline(document, PROFILES.get(profile)).sections]


def test_a_chinese_statute() -> None:
    assert paths(STATUTE, "statute") == [
        ("第一章 总则",),
        ("第一章 总则", "第一条"),
        ("第一章 总则", "第二条"),
        ("第一章 总则", "第二条之一"),
        ("第二章 权利",),
        ("第二章 权利", "第三条"),
        ("第二章 权利", "第四条"),
        ("附件一 名单",),
        ("附件一 名单", "第一条"),
    ]


def test_a_contract() -> None:
    assert paths(CONTRACT, "contract") == [
        ("ARTICLE I DEFINITIONS",),
        ("ARTICLE I DEFINITIONS", "Section 1.1 “Act”"),
        ("ARTICLE I DEFINITIONS", "Section 1.2 “Fee”"),
        ("ARTICLE II SERVICES",),
        ("ARTICLE II SERVICES", "Section 2.1 Scope."),
        ("ARTICLE II SERVICES", "Section 2.2 Time."),
        ("SCHEDULE A",),
        ("SCHEDULE A", "1. Price"),
    ]


def test_numbers_nest_by_their_points() -> None:
    text = "1. TERM\n1.1 Start. Today.\n1.1.1 Early. Or before.\n1.2 End. Never.\n2. PRICE\nTen.\n"
    assert paths(text, "contract") == [
        ("1. TERM",),
        ("1. TERM", "1.1 Start."),
        ("1. TERM", "1.1 Start.", "1.1.1 Early."),
        ("1. TERM", "1.2 End."),
        ("2. PRICE",),
    ]


def test_an_exhibit_that_names_the_whole_is_no_heading() -> None:
    assert paths("Exhibit 10.1\n\nAGREEMENT\n\n1. Term. One year.\n", "contract") == [
        ("1. Term.",)
    ]


def test_english_sections_with_letters_and_a_gap() -> None:
    text = "§ 43 Locks\nA.\n\n§ 43A Devices\nB.\n\n§ 49 End\nC, see\n§ 12 and\n§ 50 Last\nD.\n"
    assert [path[-1] for path in paths(text, "statute")] == [
        "§ 43 Locks",
        "§ 43A Devices",
        "§ 49 End",
        "§ 50 Last",
    ]


@pytest.mark.parametrize(
    ("text", "profile", "last"),
    [
        ("Abstract\nA.\n\n2 Methods\nB.\n\n2.1 Patients\nC.\n", "paper", "2.1 Patients"),
        ("[1] The facts.\n[2] The law.\n", "judgment", "[2]"),
        ("Recommendation 1\nA.\nRecommendation 2: B.\n", "guideline", "Recommendation 2:"),
        ("【适应症】止痛。\n【禁忌】过敏。\n", "label", "【禁忌】"),
        ("Q: What is it?\nA: A box.\n", "qa", "What is it?"),
        ("问：是什么？\n答：盒子。\n", "qa", "是什么？"),
    ],
)  # fmt: skip
def test_other_families(text: str, profile: str, last: str) -> None:
    assert paths(text, profile)[-1][-1] == last


def read(text: str, *headings: tuple[int, str], title: str = "") -> Document:
    """Return a document as a reader makes it, with headings of given depths."""
    starts = [text.index(heading) for _, heading in headings] + [len(text)]
    stack: list[tuple[int, str]] = []
    sections = []
    for (depth, heading), start, end in zip(headings, starts, starts[1:], strict=False):
        stack = [(d, h) for d, h in stack if d < depth] + [(depth, heading)]
        sections.append(Section(tuple(h for _, h in stack), Span(start, end)))
    return Document(id="", source="a.md", title=title, text=text, sections=tuple(sections))


def test_the_readers_headings_stand_without_patterns() -> None:
    text = "Guide\n\nIntro.\n\nUse\n\nDaily.\n\nCare\n\nDry.\n"
    document = read(text, (1, "Guide"), (2, "Use"), (2, "Care"), title="Guide")
    sections = outline(document, PROFILES.get("plain")).sections
    assert [section.path for section in sections] == [("Use",), ("Care",)]


def test_two_top_headings_are_both_sections() -> None:
    document = read("Use\n\nDaily.\n\nCare\n\nDry.\n", (1, "Use"), (1, "Care"), title="Guide")
    sections = outline(document, PROFILES.get("plain")).sections
    assert [section.path for section in sections] == [("Use",), ("Care",)]


def test_the_readers_headings_take_their_place_among_the_patterns() -> None:
    text = (
        "Act\n\nPart 1 General\n\n§ 1 Aim\n\nPeace.\n\nNotes\n\nNone.\n\n"
        "Part 2 Rest\n\n§ 2 End\n\nSoon.\n"
    )
    document = read(
        text,
        (1, "Act"),
        (2, "Part 1"),
        (3, "§ 1 Aim"),
        (2, "Notes"),
        (2, "Part 2"),
        (3, "§ 2 End"),
    )
    found = outline(document, PROFILES.get("statute")).sections
    assert [section.path for section in found] == [
        ("Part 1 General",),
        ("Part 1 General", "§ 1 Aim"),
        ("Notes",),
        ("Part 2 Rest",),
        ("Part 2 Rest", "§ 2 End"),
    ]


def test_sections_are_disjoint_in_order_and_know_their_page() -> None:
    text = STATUTE
    middle = text.index("第二章 权利\n\n第三条")
    document = Document(
        id="", source="a", title="", text=text, pages=(Span(0, middle), Span(middle, len(text)))
    )
    sections = outline(document, PROFILES.get("statute")).sections
    ends = [s.span.start for s in sections[1:]] + [len(text)]
    assert [s.span.end for s in sections] == ends
    assert [s.page for s in sections] == [1, 1, 1, 1, 2, 2, 2, 2, 2]


def test_a_clause_never_stands_under_another_number() -> None:
    text = (
        "5. Price.\n5.1 Tax. None.\nTERM; END\n6.1 Term. A year.\n7. Law. Ours.\n7.1 Seat. Here.\n"
    )
    found = paths(text, "contract")
    assert ("5. Price.", "5.1 Tax.") in found
    assert ("6.1 Term.",) in found


def test_a_title_above_its_number_belongs_to_what_follows() -> None:
    body = "The buyer agrees that a breach would cause damage that money cannot repair in full."
    text = f"PART 3\nENFORCEMENT\nRemedies for Breach\n3.1 {body}\n"
    assert paths(text, "contract")[1] == ("PART 3 ENFORCEMENT", "3.1 Remedies for Breach")


def test_signatures_are_no_part_of_the_last_clause() -> None:
    text = "1. Law. Ours.\nIN WITNESS WHEREOF, the parties sign.\nBy: A\nSCHEDULE A\nPrices.\n"
    assert paths(text, "contract") == [("1. Law.",), ("IN WITNESS WHEREOF",), ("SCHEDULE A",)]


def test_a_reference_that_jumps_ahead_after_half_a_sentence_is_no_heading() -> None:
    text = "§ 1 Aim\n\nPeace, as it is stated in\n§ 99 Peace and quiet\n\n§ 2 End\n\nSoon.\n"
    assert paths(text, "statute") == [("§ 1 Aim",), ("§ 2 End",)]
    last = "第一条 依照\n第九十九条 的规定。\n\n第二条 依照\n第九十九条 执行。\n"
    assert paths(last, "statute") == [("第一条",), ("第二条",)]
    # A chapter was repealed: the number jumps, below a heading.
    skips = "第一条 甲。\n第六章 附则\n第四十九条 乙。\n"
    assert paths(skips, "statute")[-1] == ("第六章 附则", "第四十九条")
