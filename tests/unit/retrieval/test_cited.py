"""A question that names an article gets that article first, however its number is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domainkit.packs import loader
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.cited import Cited
from domainkit.retrieval.explain import explain
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Retriever
from domainkit.store import FileRecord, Store
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Filter, Passage, Question, Retrieved, Span, Validity

LEGAL = loader.load("legal")
OLD = Validity(date(2019, 1, 1), date(2022, 1, 1), "Act 9 of 2021")
NEW = Validity(date(2022, 1, 1))
LABOUR = "中华人民共和国澜汀劳动法（虚构）"
HELD = {
    LABOUR: ["第八条", "第三十八条", "第三十八条之一", "第一百三十八条"],
    "澜汀公司法（虚构）": ["第三十八条"],
    "Osterhaven Fishing Code (fictional)": ["§ 3", "§ 14(1)", "§ 14(2)(a)", "§ 14A", "§ 41"],
}


def add(store: Store, title: str, locators: list[str], validity: Validity, name: str) -> None:
    texts = [f"{locator} says what it says in wording {name}." for locator in locators]
    document = Document(document_id(name), name, title, "\n".join(texts), validity=validity)
    passages, at = [], 0
    for locator, text in zip(locators, texts, strict=True):
        span = Span(at, at + len(text))
        passage = Passage("", document.id, title, locator, span, text, validity=validity)
        passages.append(replace(passage, validity=validity))
        at = span.end + 1
    store.replace(FileRecord(name, "f" * 64), [(document, list(with_ids(passages)))])


@pytest.fixture
def retriever(tmp_path: Path) -> Iterator[Retriever]:
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as store:
        for number, (title, locators) in enumerate(HELD.items()):
            add(store, title, locators, NEW, f"new{number}.md")
        add(store, LABOUR, ["第三十八条"], OLD, "old.md")
        indexes = Indexes.open(
            tmp_path / "indexes", store=store, embedder=None, vectors="faiss", writable=True
        )
        indexes.update()
        cited = Cited(store, LEGAL.authorities, LEGAL.works)
        yield Retriever(store, indexes, None, Retrieval(), cited=cited)


def cited(retriever: Retriever, text: str, **filter: date) -> list[tuple[str, str]]:
    found = retriever.retrieve(Question(text), filter=Filter(**filter))  # type: ignore[arg-type]
    named = [item for item in found if "cited" in item.via]
    assert found[: len(named)] == named
    assert all(item.score == 1 for item in named)
    return [(item.passage.title, item.passage.locator) for item in named]


@pytest.mark.parametrize(
    "asked",
    [
        "澜汀劳动法第38条是什么",
        "《澜汀劳动法》第三十八条",
        "中华人民共和国澜汀劳动法第38条第2款",
    ],
)
def test_an_article_is_found_by_either_numeral(retriever: Retriever, asked: str) -> None:
    assert cited(retriever, asked, as_of=date(2024, 1, 1)) == [(LABOUR, "第三十八条")]


def test_articles_inserted_later_are_their_own(retriever: Retriever) -> None:
    assert cited(retriever, "澜汀劳动法第三十八条之一") == [(LABOUR, "第三十八条之一")]


def test_sections_come_with_their_parts_and_parts_alone(retriever: Retriever) -> None:
    code = "of the Osterhaven Fishing Code"
    assert [n for _, n in cited(retriever, f"What does section 14 {code} say?")] == [
        "§ 14(1)",
        "§ 14(2)(a)",
    ]
    assert [n for _, n in cited(retriever, f"Explain § 14(2) {code}")] == ["§ 14(2)(a)"]
    assert [n for _, n in cited(retriever, "§ 14A Osterhaven Fishing Code")] == ["§ 14A"]


def test_the_wording_in_force_is_the_one_that_is_named(retriever: Retriever) -> None:
    asked = Question("澜汀劳动法第三十八条")
    (then, *_) = retriever.retrieve(asked, filter=Filter(as_of=date(2020, 1, 1)))
    assert "old.md" in then.passage.text


def test_without_the_name_of_a_work_nothing_is_cited(retriever: Retriever) -> None:
    assert cited(retriever, "第三十八条") == []
    assert cited(retriever, "What does section 14 of the Hunting Code say?") == []
    assert cited(retriever, "What does the Osterhaven Fishing Code say?") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("What does § 3 of the Osterhaven Fishing Code say?", 1),
        ("请问澜汀劳动法第38条规定的内容是什么？", 2),
        ("Under § 3 of the Osterhaven Fishing Code, who needs a licence?", 5),
        ("澜汀劳动法第38条规定的经济补偿怎么计算", 5),
    ],
)
def test_where_nothing_else_is_asked_nothing_else_is_found(
    retriever: Retriever, asked: str, found: int
) -> None:
    assert len(retriever.retrieve(Question(asked), k=5)) == found


def test_it_is_explained(retriever: Retriever) -> None:
    question = Question("澜汀公司法第三十八条")
    found: list[Retrieved] = retriever.retrieve(question, k=2)
    assert explain(question, found, Retrieval(), "hybrid").parts[0] == {"cited": 1.0}
