from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domainkit.ingestion.folder import ingest
from domainkit.ingestion.places import Source
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.explain import explain
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Retriever
from domainkit.retrieval.tables import Tables, lifted, names
from domainkit.store.documents import Store
from domainkit.types import Question

ROWS = (
    ("Gout", ["swollen big toe", "fever", "joint pain"], "Crystals of uric acid in the joints"),
    ("Influenza", ["fever", "cough", "muscle pain (myalgia)"], "A virus that spreads in winter"),
    ("Otitis", ["ear pain", "fever"], "Fluid behind the drum of the ear"),
)
PROSE = "of people who have had too much of it for years"
FEVER = "A note.\n\nFever: fever, fever and cough. Muscle pain too, says every leaflet on fever.\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with (tmp_path / "diseases.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("idx", "disease", "symptoms", "reason"))
        table.writerows((n, d, s, f"{why}, {PROSE}.") for n, (d, s, why) in enumerate(ROWS))
    (tmp_path / "note.md").write_text(FEVER)
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as opened:
        sources = [Source(tmp_path / "diseases.csv", "table"), Source(tmp_path / "note.md")]
        assert not ingest(sources, opened, base=tmp_path).refused
        yield opened


def retriever(store: Store, folder: Path, weight: float) -> Retriever:
    indexes = Indexes.open(folder, store=store, embedder=None, vectors="none", writable=True)
    indexes.update()
    return Retriever(store, indexes, None, Retrieval(table_weight=weight))


def test_a_row_is_called_by_its_first_words_and_cited_by_its_number(store: Store) -> None:
    rows = [e.passage for e in store.entries() if e.passage.title != "note"]
    assert [(row.title, row.locator) for row in rows] == [
        ("Gout", "row 1"), ("Influenza", "row 2"), ("Otitis", "row 3"),
    ]  # fmt: skip
    assert "uric acid" in rows[0].text


def test_short_cells_and_lists_are_names_and_prose_is_none() -> None:
    prose = "told: h, " + "one two three four five six seven eight"
    found = {frozenset(name) for name in names(f"x: b c (d)\nlist: ['e f', 'g']\n{prose}")}
    assert found == {frozenset("bc"), frozenset("d"), frozenset("ef"), frozenset("g")}
    assert [sorted(n) for n in names("症状: 发热、头痛")] == [["发热"], ["头痛"]]
    assert list(names("idx: 7\nwithout a column")) == []


def test_rows_are_found_by_all_words_of_several_names(store: Store) -> None:
    keys = {e.passage.title: e.key for e in store.entries()}
    asked = {"fever": 1.0, "cough": 2.0, "muscl": 1.0, "pain": 1.0, "ear": 3.0, "please": 2.0}
    assert Tables(store).named(asked) == {keys["Influenza"]: pytest.approx(5 / 10)}
    del asked["cough"]
    assert Tables(store).named(asked) == {}  # fever and muscle pain are but two


def test_a_row_that_is_forgotten_is_not_found(store: Store) -> None:
    tables = Tables(store)
    asked = dict.fromkeys(("influenza", "fever", "cough"), 1.0)
    assert list(tables.named(asked).values()) == [1.0]
    store.remove_file(store.files()[0].path)
    assert tables.named(asked) == {}


def test_only_what_is_named_is_lifted() -> None:
    scores = [(1, 0.8), (2, 0.5), (3, 0.4)]
    assert lifted(scores, {3: 1.0}, 0.5) == [(1, 0.8), (3, pytest.approx(0.7)), (2, 0.5)]


def test_a_question_of_symptoms_finds_its_row(store: Store, tmp_path: Path) -> None:
    question = Question("My big toe is swollen, with a fever and pain in the joint.")
    plain = retriever(store, tmp_path / "a", 0.0).retrieve(question)
    found = retriever(store, tmp_path / "b", 0.7).retrieve(question)
    assert "table" not in plain[0].via
    assert found[0].passage.title == "Gout"
    assert found[0].via["table"] == 1.0  # all that is asked
    before = next(item.score for item in plain if item.passage.title == "Gout")
    assert found[0].score > before
    parts = explain(question, found, Retrieval(table_weight=0.7), "hybrid").parts[0]
    assert parts["table"] == pytest.approx(found[0].score - before)
    assert sum(parts.values()) == pytest.approx(found[0].score)
