"""Passages follow the structure of a document and say where they stand."""

from __future__ import annotations

from domainkit.ingestion.outline import outline
from domainkit.ingestion.profile import Profiles
from domainkit.ingestion.structure import StructureSplitter
from domainkit.types import Document, Passage, Span

PROFILES = Profiles.load()
SPLITTER = StructureSplitter(PROFILES)


def split(
    text: str,
    profile: str = "plain",
    *,
    language: str = "en",
    source: str = "a.txt",
    **more: object,
) -> list[Passage]:
    document = Document(
        id="d", source=source, title="T", text=text, language=language, profile=profile, **more
    )
    document = outline(document, PROFILES.get(profile))
    passages = list(SPLITTER.split(document))
    assert all(p.span.of(text) == p.text for p in passages)
    return passages


def sentences(number: int) -> str:
    return " ".join(
        f"Sentence {n} says a little more than the one before it." for n in range(number)
    )


def test_an_article_is_one_passage_with_its_number() -> None:
    passages = split(
        "某条例\n\n第一章 总则\n\n第一条 为了公平。\n\n第二条 （一）甲；\n\n（二）乙。\n",
        "statute",
        language="zh",
    )
    assert [(p.locator, p.section) for p in passages] == [
        ("第1段", ()),
        ("第一条", ("第一章 总则", "第一条")),
        ("第二条", ("第一章 总则", "第二条")),
    ]
    assert passages[2].text == "第二条 （一）甲；\n\n（二）乙。"


def test_a_long_article_is_divided_at_its_paragraphs_and_they_are_named() -> None:
    body = "\n\n".join(f"({n}) {sentences(15)}" for n in range(1, 5))
    passages = split(f"§ 1 Aim\n\nPeace.\n\n§ 2 Means\n\n{body}\n\n§ 3 End\n\nSoon.", "statute")
    assert [p.locator for p in passages] == ["§ 1", "§ 2", "§ 2(2)", "§ 2(3)", "§ 2(4)", "§ 3"]
    assert passages[1].text.startswith("§ 2 Means\n\n(1) Sentence")
    assert all(p.section == ("§ 2 Means",) for p in passages[1:5])


def test_an_article_shorter_than_the_limit_is_never_cut() -> None:
    body = "\n\n".join(sentences(8) for _ in range(5))
    assert 1200 < len(body) < 2400
    assert len(split(f"§ 1 Aim\n\n{body}\n\n§ 2 End\n\nSoon.", "statute")) == 2


def test_a_question_stays_with_its_answer() -> None:
    short = "Q: What is asthma?\nA: A disease.\n\nQ: Who gets it?\n"
    passages = split(short + f"A: {sentences(60)}\n", "qa")
    assert passages[0].text == "Q: What is asthma?\nA: A disease."
    assert passages[1].text.startswith("Q: Who gets it?\nA: Sentence 0")
    assert [p.locator for p in passages[:2]] == ["Q: What is asthma?", "Q: Who gets it?"]
    assert len(passages) > 3
    assert all(p.section == ("Who gets it?",) for p in passages[1:])


def test_a_short_document_without_headings_is_one_passage() -> None:
    (passage,) = split("\n\n  " + "\n\n".join(sentences(10) for _ in range(3)) + "\n ")
    assert passage.text == passage.text.strip()
    assert passage.locator == "para. 1"


def test_paragraphs_are_packed_and_never_exceed_the_limit() -> None:
    text = "\n\n".join(sentences(n % 9 + 1) for n in range(40))
    passages = split(text)
    size = PROFILES.get("plain").size("en")
    assert max(len(p.text) for p in passages) <= size.longest
    assert sum(len(p.text) for p in passages) / len(passages) > size.target / 2
    assert "".join("".join(p.text for p in passages).split()) == "".join(text.split())
    assert [p.locator for p in passages[:2]] == ["para. 1", "para. 6"]


def test_a_paragraph_without_end_is_cut_at_sentences() -> None:
    passages = split(sentences(200))
    assert all(p.text.startswith("Sentence") and p.text.endswith(".") for p in passages)
    zh = split("这是一句不长的话，它说明了一件事情。" * 200, language="zh")
    assert all(p.text.endswith("。") for p in zh)
    assert max(len(p.text) for p in zh) <= PROFILES.get("plain").size("zh").longest


def test_what_leads_on_stays_with_what_follows() -> None:
    rows = "\n".join(f"| {n} | value {n} |" for n in range(12))
    table = f"Table 3. Doses by age\n\n| age | dose |\n| --- | --- |\n{rows}"
    lead = "The nurse checks each of the following:\n\n- the name;\n- the dose."
    text = "\n\n".join([sentences(17), lead, sentences(17), table, sentences(17)])
    texts = [p.text for p in split(text)]
    assert any(lead in t for t in texts)
    assert any(table in t for t in texts)


def test_a_heading_stays_with_its_first_paragraph() -> None:
    text = f"Abstract\nShort.\n\nMethods\n\n{sentences(27)}\n\n{sentences(20)}"
    second = split(text, "paper")[1]
    assert second.text.startswith("Methods\n\nSentence 0")


def test_a_table_of_contents_is_no_passage() -> None:
    table = "Contents\n\n1. Term ........ 2\n2. Price ........ 3\n\n"
    passages = split(f"AGREEMENT\n\n{table}1. Term\nA year.\n\n2. Price\nTen.\n", "contract")
    assert [p.text for p in passages] == ["AGREEMENT", "1. Term\nA year.", "2. Price\nTen."]


def test_a_heading_that_opens_nothing_is_kept() -> None:
    passages = split("§ 1 Aim\n\nPeace.\n\n§ 2 Repealed matters\n", "statute")
    assert passages[-1].text == "§ 2 Repealed matters"


def test_a_passage_over_two_pages_has_the_page_where_it_begins() -> None:
    text = "1. Term. A year\nand a day.\n2. Price. Ten.\n"
    pages = (Span(0, 16), Span(16, len(text)))
    passages = split(text, "contract", pages=pages)
    assert [(p.page, p.locator) for p in passages] == [(1, "p. 1, cl. 1"), (2, "p. 2, cl. 2")]


def test_a_record_is_cited_by_its_id() -> None:
    assert split("A text.", source="documents/all.jsonl#4983")[0].locator == "record 4983, para. 1"
    assert split("A text.", source="documents/no#4.pdf")[0].locator == "para. 1"


def test_passages_carry_the_documents_title_and_validity() -> None:
    (passage,) = split("A text.")
    assert (passage.title, passage.document_id) == ("T", "d")
    assert passage.id


def test_blank_documents_have_no_passages() -> None:
    assert split("") == split(" \n\n ") == []


def test_a_title_that_is_no_heading_stays_with_what_follows_it() -> None:
    text = "\n\n".join(f"{sentences(15)}\n\nLaboratory Detection {n}" for n in range(4))
    texts = [p.text for p in split(f"{text}\n\n{sentences(15)}")]
    assert len(texts) > 2
    assert all(t.startswith("Laboratory Detection") for t in texts[1:])


def test_two_sentences_about_a_chapter_are_no_heading() -> None:
    said = "Chapter 12 of the Code is repealed. New pledges cannot be made."
    text = f"§ 1 Repeal\n\n{said}\n\n§ 2 Start\n\nThis Act is in force. This Act is short."
    parts = [passage.text for passage in split(text, "statute")]
    assert any(said in part for part in parts), parts
