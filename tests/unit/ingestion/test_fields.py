"""Front matter and text become typed fields; what nothing claims stays visible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion.fields import describe
from domainkit.ingestion.profile import Profiles
from domainkit.packs.schemas.sidecar import Sidecar
from domainkit.types import Document, Validity

PROFILES = Profiles.load()


def described(text: str = "Some text.", profile: str = "statute", **meta: str) -> Document:
    document = Document(id="", source="a.md", title="a", text=text, meta=meta)
    return describe(document, PROFILES.get(profile))


def test_front_matter_becomes_fields() -> None:
    document = described(
        title="Fisheries Act",
        effective_from="2020-01-01",
        effective_to="2024/3/1",
        superseded_by="the Act of 2024",
        jurisdiction="Freedonia",
        authority="statute",
        language="en",
        profile="statute",
        editor="A. Nonym",
    )
    assert (document.title, document.profile) == ("Fisheries Act", "statute")
    assert document.validity == Validity(date(2020, 1, 1), date(2024, 3, 1), "the Act of 2024")
    assert (document.jurisdiction, document.authority) == ("Freedonia", "statute")
    assert dict(document.meta) == {"editor": "A. Nonym"}


def test_chinese_keys_and_dates() -> None:
    document = described("第一条 为了公平，制定本条例。", 施行日期="2021年5月1日", 法域="澜汀")
    assert document.validity.effective_from == date(2021, 5, 1)
    assert (document.jurisdiction, document.language) == ("澜汀", "zh")


def test_the_language_is_told_from_the_text_unless_it_is_given() -> None:
    assert described("第一条 为了公平，制定本条例。").language == "zh"
    assert described("Plain English.").language == "en"
    assert described("Plain English.", language="zh-CN").language == "zh"


@pytest.mark.parametrize("value", ["2024-02-30", "May 2024", "2024"])
def test_a_date_that_decides_validity_must_be_one(value: str) -> None:
    with pytest.raises(IngestionError, match=f"its effective_from '{value}' is not a date.*2024-"):
        described(effective_from=value)


def test_the_text_gives_what_the_front_matter_does_not() -> None:
    text = "某法\n2007年6月29日 第十届全国人民代表大会常务委员会第二十八次会议通过\n"
    assert described(text).meta["adopted"] == "2007年6月29日"
    assert described(text, adopted="2007-06-29").meta["adopted"] == "2007-06-29"
    paper = described("A trial\nPMID: 12345678\ndoi: 10.1000/xyz.123.", "paper")
    assert (paper.meta["pmid"], paper.meta["doi"]) == ("12345678", "10.1000/xyz.123")


def test_a_number_in_the_name_of_a_file_is_part_of_it() -> None:
    name = "tariff #12 until 2024-02-29.md"
    document = Document(id="", source=name, title="a", text="Text.")
    given = Sidecar(title="Tariff")
    whole = describe(document, PROFILES.get("plain"), given, file_name=name)
    assert (whole.title, whole.validity.effective_to) == ("Tariff", date(2024, 3, 1))
    record = replace(document, source=f"{name}#7")
    assert describe(record, PROFILES.get("plain"), given, file_name=name).title == "a"


def test_the_last_day_there_is_means_for_ever() -> None:
    text = "某市办法\n本办法自2020年1月1日起施行，本办法有效期至9999年12月31日。\n"
    assert described(text, "statute").validity == Validity(date(2020, 1, 1), date.max)


def test_the_name_of_the_file_says_when_it_is_in_force() -> None:
    def named(name: str, **meta: str) -> Validity:
        document = Document(id="", source=f"documents/{name}", title="a", text="Text.", meta=meta)
        return describe(document, PROFILES.get("plain")).validity

    assert named("tariff-from-2024-03-01.pdf").effective_from == date(2024, 3, 1)
    # The last day of a text is still a day on which it is in force.
    assert named("code-until-2024-02-29.md").effective_to == date(2024, 3, 1)
    assert named("leave policy effective 20240301.docx").effective_from == date(2024, 3, 1)
    assert named("管理办法（2024年3月1日起施行）.docx").effective_from == date(2024, 3, 1)
    assert named("价目表至2024-02-29.xlsx").effective_to == date(2024, 3, 1)
    assert named("act (2021-08-20).md") == Validity()
    assert named("tariff-from-2024-13-01.pdf") == Validity()
    given = named("tariff-from-2024-03-01.pdf", effective_from="2020-01-01")
    assert given.effective_from == date(2020, 1, 1)


@pytest.mark.parametrize(
    ("profile", "text", "begins"),
    [
        ("statute", "第九条 本法自2008年1月1日起施行。", date(2008, 1, 1)),
        ("statute", "§ 9 This Act comes into force on 1 March 2024.", date(2024, 3, 1)),
        ("contract", "This Supply Agreement is made as of May 3,2006 by A.", date(2006, 5, 3)),
        (
            "contract",
            "THIS AGREEMENT (the “Agreement”) made and entered into this 27th\nday of May 2018",
            date(2018, 5, 27),
        ),
        (
            "contract",
            "This Agreement dated January 28, 2005, effective as of October 15, 2004, is made",
            date(2004, 10, 15),
        ),
        ("contract", "SUPPLY\nDated as of June 27, 2006\nThis is it.", date(2006, 6, 27)),
        ("contract", "This Agreement shall expire on December 31, 2006.", None),
    ],
)
def test_the_text_says_when_it_is_in_force(profile: str, text: str, begins: date | None) -> None:
    assert described(text, profile).validity.effective_from == begins


def test_who_enacts_a_law_says_its_rank() -> None:
    text = "某法\n2007年6月29日 第十届全国人民代表大会常务委员会第二十八次会议通过\n"
    assert described(text).authority == "法律"
    assert (
        described("某条例\n2002年8月2日 中华人民共和国国务院令第359号公布\n").authority
        == "行政法规"
    )
    assert (
        described("某\n甲市乙区人民法院\n民事判决书\n", "judgment").authority == "甲市乙区人民法院"
    )


def test_the_governing_law_of_a_contract_is_no_jurisdiction_of_the_text() -> None:
    document = described(
        "It is governed by the laws of the State of New York and no other", "contract"
    )
    assert document.meta["governing_law"] == "New York"
    assert document.jurisdiction is None
