"""What tells the thing asked for comes before what speaks of it most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from domainkit.retrieval.telling import Telling
from domainkit.store import FileRecord, Store
from domainkit.store.identity import document_id, with_ids
from domainkit.text import index_terms
from domainkit.types import Document, Passage, Span

TRIAL = {
    "Background": "Lowering LDL cholesterol by calvrestat, a drug against LDL cholesterol.",
    "Methods": "In all 412 adults were assigned to calvrestat or placebo for 24 weeks.",
    "Results": "LDL cholesterol changed by -38.2% with calvrestat.",
}
NOTE = {"Ratios": "LDL cholesterol lowered."}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as opened:
        for name, parts in {"trial": TRIAL, "note": NOTE}.items():
            identity, text, made = document_id(name), "", []
            for section, said in parts.items():
                span = Span(len(text), len(text) + len(said))
                text += f"{said}\n"
                made.append(
                    Passage("", identity, "Calvrestat", section, span, said, section=(section,))
                )
            document = Document(identity, name, "Calvrestat", text)
            opened.replace(FileRecord(name, name[0] * 64), [(document, list(with_ids(made)))])
        yield opened


def order(store: Store, question: str) -> list[str]:
    found = [(e.passage, (e.key, 0.5)) for e in store.entries()]
    idf = dict.fromkeys(index_terms(question), 1.0)
    weighed = Telling(store).weighed(question, found, idf)
    return [passage.locator for passage, _ in weighed]


def test_a_passage_that_gives_the_figure_comes_first(store: Store) -> None:
    assert order(store, "By how much did calvrestat change LDL cholesterol?")[0] == "Results"


def test_methods_come_first_where_they_are_asked_for(store: Store) -> None:
    assert order(store, "How many adults were assigned to calvrestat?")[0] == "Methods"


def test_a_document_that_has_the_rest_of_the_question_comes_first(store: Store) -> None:
    question = "Was LDL cholesterol lowered with placebo?"
    idf = dict.fromkeys(index_terms(question), 1.0)
    rows = Telling(store).features(question, [e.passage for e in store.entries()], idf)
    assert {row["together"] for row in rows[:3]} == {1.0}
    assert rows[3]["together"] < 1
    assert [row["opening"] for row in rows] == [1.0, 0.0, 0.0, 0.0]


def test_a_heading_that_is_asked_for_counts(store: Store) -> None:
    passages = [e.passage for e in store.entries()]
    idf = {"ratio": 1.0}
    rows = Telling(store).features("What are ratios?", passages, idf)
    assert [row["heading"] for row in rows] == [0.0, 0.0, 0.0, 1.0]


def test_a_text_that_the_question_is_asked_under_comes_first(store: Store) -> None:
    held = [entry.passage for entry in store.entries()]
    titles = (
        "Model contract of employment",
        "Osterhaven Labour Act",
        "Labour Office",
        "澜汀市劳动条例",
    )
    found = [
        (replace(passage, title=title), (n, 0.5))
        for n, (passage, title) in enumerate(zip(held, titles, strict=True))
    ]
    for question, title in (
        ("What notice does the employee give under the Labour Act?", titles[1]),
        ("What does the model contract say?", None),
        ("按照劳动条例，辞职要提前多久通知？", titles[3]),
    ):
        idf = dict.fromkeys(index_terms(question), 1.0)
        raised = Telling(store).weighed(question, found, idf)
        assert title in (None, raised[0][0].title)
