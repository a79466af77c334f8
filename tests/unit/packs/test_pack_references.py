from __future__ import annotations

import time

import pytest

from domainkit.packs import loader
from domainkit.packs.references import references
from domainkit.packs.schemas.authorities import Authority


def authority(**changes: object) -> Authority:
    whole = {
        "name": {"en": "section"},
        "forms": ("§ $number of the $title", "§ $number"),
        "fields": {"number": "number", "title": "words"},
        "written": "§ $number",
        "resolves": "documents",
        "locator": "§ $number",
        "examples": ("§ 1",),
    }
    return Authority.model_validate({**whole, **changes})


def test_the_longest_form_wins_and_the_one_spelling_is_given() -> None:
    text = "By § 6(1)(b) of the Tenancies Code and §7, but not § x."
    found = references(text, {"section": authority()})
    assert [(r.span.of(text), r.written) for r in found] == [
        ("§ 6(1)(b) of the Tenancies Code", "§ 6(1)(b)"),
        ("§7", "§ 7"),
    ]
    assert found[0].fields == {"number": "6(1)(b)", "title": "Tenancies Code"}
    assert found[1].authority == "section"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("依据《消费者权益保护条例》第二十五条", ["第二十五条"]),
        ("参见第一千零八十七条第二款和第3条", ["第一千零八十七条", "第3条"]),
        ("as Act 9 of 2024 and Section 14a say", ["Act 9 of 2024", "§ 14a"]),
        ("Art. 6(1)(b) GDPR", ["Art. 6(1)(b)"]),
        ("Smart. 6 people, 第几条", []),
    ],
)
def test_the_legal_packs_grammars_read_what_lawyers_write(text: str, written: list[str]) -> None:
    found = references(text, loader.load("legal").authorities)
    assert [reference.written for reference in found] == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("(PMID: 12345678; doi:10.1016/s0140-6736(20)30183-5)", "PMID: 12345678"),
        ("registered as NCT01234567.", "NCT01234567"),
        ("NICE guideline NG136 says", "NICE guideline NG136"),
    ],
)
def test_the_medical_packs_grammars_read_what_papers_write(text: str, written: str) -> None:
    found = references(text, loader.load("medical").authorities)
    assert found[0].written == written


def test_a_field_named_twice_stands_for_the_same_words() -> None:
    twice = authority(forms=("$number and $number",))
    assert references("4 and 5", {"x": twice}) == []
    assert len(references("4 and 4", {"x": twice})) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"forms": ("§ $nubmer",)}, r"unknown field \$nubmer"),
        ({"forms": ("cost $5",)}, r"'\$' that starts no field"),
        ({"resolves": "address"}, "resolves to address and gives no address"),
        ({"locator": None}, "resolves to documents and gives no locator"),
    ],
)
def test_a_grammar_that_cannot_work_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        authority(**changes)


def test_a_hostile_form_stays_quick() -> None:
    hostile = authority(forms=("$title $title $number $number $title",))
    text = "Aa " * 3000 + "1" * 3000
    begun = time.perf_counter()
    references(text, {"x": hostile})
    assert time.perf_counter() - begun < 2


LAWS = ("合同法", "民法典")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("《保险法》第二十条至第三十四条", ["保险法", "保险法"]),
        ("《民法典》第一条规定，应当归还。同时，根据该法第二条", ["民法典", "民法典"]),
        ("《民法典》第一条规定，应当归还。第二条", ["民法典", ""]),
        ("根据合同法第九十条和民法典第一条", ["合同法", "民法典"]),
        ("劳动合同法第九十条", [""]),
    ],
)
def test_the_work_a_reference_belongs_to(text: str, titles: list[str]) -> None:
    found = references(text, loader.load("legal").authorities, names=LAWS)
    assert [reference.title for reference in found] == titles


@pytest.mark.parametrize(
    ("pack", "text", "sound"),
    [
        ("legal", "《民法典》第一千一百六一号条款", False),
        ("legal", "第六87条", False),
        ("legal", "42 U.S.C. § 1983", True),
        ("legal", "83 U.S.C. § 1983", False),
        ("legal", "45 CFR 164.512", True),
        ("medical", "NCT01234567", True),
        ("medical", "NCT0123456", False),
        ("medical", "doi:10.1000/182", True),
        ("medical", "doi:11.1000/182", False),
        ("medical", "ATC code A10BA02", True),
        ("medical", "ATC code 1A0BA02", False),
        ("medical", "NDC 0093-1048-01", True),
        ("medical", "NDC 093-1048-01", False),
    ],
)
def test_numbers_that_nobody_writes_so_are_read_and_told(
    pack: str, text: str, sound: bool
) -> None:
    (found,) = references(text, loader.load(pack).authorities)
    assert (found.span.of(text), found.sound) == (text, sound)
