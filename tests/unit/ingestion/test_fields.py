"""Front matter and text become typed fields; what nothing claims stays visible."""

from __future__ import annotations

from datetime import date

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion.fields import describe
from domainkit.ingestion.profile import Profiles
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
