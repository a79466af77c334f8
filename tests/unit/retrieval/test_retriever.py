"""What is found, in which order, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_store import GUIDE, LEASE, CountingEmbedder, Put

from domainkit.errors import StoreError
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.protocols import Embedder
from domainkit.retrieval.explain import explain, outdated
from domainkit.retrieval.glossary import Glossary
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Retriever
from domainkit.store import Store
from domainkit.types import Filter, Question, Validity

DEPOSIT = Question("Who returns the deposit?")


def retriever(
    folder: Path, store: Store, embedder: Embedder | None, **numbers: float
) -> Retriever:
    indexes = Indexes.open(folder, store=store, embedder=embedder, vectors="faiss", writable=True)
    indexes.update()
    return Retriever(store, indexes, embedder, Retrieval(**numbers))  # type: ignore[arg-type]


@pytest.fixture
def both(tmp_path: Path, filled: Store, embedder: CountingEmbedder) -> Retriever:
    return retriever(tmp_path / "indexes", filled, embedder)


@pytest.fixture
def words(tmp_path: Path, filled: Store) -> Retriever:
    return retriever(tmp_path / "indexes", filled, None)


def test_the_best_passage_comes_first_with_what_each_index_said(both: Retriever) -> None:
    found = both.retrieve(DEPOSIT, k=3)
    assert found[0].passage.text == LEASE.split("\n")[0]
    assert [item.rank for item in found] == [1, 2, 3]
    assert [item.score for item in found] == sorted((i.score for i in found), reverse=True)
    assert all(0 <= item.score <= 1 for item in found)
    assert found[0].via.keys() == {"lexical", "dense", "coverage"}
    assert found[0].via["coverage"] == pytest.approx(1.0)


def test_as_many_as_the_pack_says_when_nobody_asks_otherwise(
    tmp_path: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    few = retriever(tmp_path / "indexes", filled, embedder, k=2)
    assert len(few.retrieve(DEPOSIT)) == 2
    assert len(few.retrieve(DEPOSIT, k=4)) == 4


def test_the_condensed_question_is_what_is_searched(words: Retriever) -> None:
    asked = Question("And what does it do?", condensed="What does metformin do?")
    assert words.retrieve(asked)[0].passage.text == "Metformin lowers blood glucose."


def test_words_alone_say_nothing_of_vectors(both: Retriever) -> None:
    found = both.retrieve(DEPOSIT, mode="lexical")
    assert {name for item in found for name in item.via} == {"lexical", "coverage"}
    lease = LEASE.split("\n")
    assert found[0].passage.text == lease[0]
    texts = [item.passage.text for item in found]  # what lacks the word is found by its opening
    assert all("deposit" in text or text in lease for text in texts)


def test_vectors_alone_score_by_cosine(both: Retriever) -> None:
    found = both.retrieve(DEPOSIT, mode="dense", k=7)
    assert len(found) == 7
    for item in found:
        assert item.via.keys() == {"dense", "coverage"}
        assert item.score == pytest.approx(min(1.0, max(0.0, item.via["dense"])))


def test_hybrid_without_vectors_is_lexical(words: Retriever) -> None:
    assert words.retrieve(DEPOSIT) == words.retrieve(DEPOSIT, mode="lexical")


def test_a_language_that_the_embedder_does_not_know_is_searched_by_words(
    both: Retriever, embedder: CountingEmbedder
) -> None:
    embedder.languages = ("en",)
    english, chinese = DEPOSIT, replace(DEPOSIT, language="zh")
    assert any("dense" in item.via for item in both.retrieve(english))
    assert both.retrieve(chinese) == both.retrieve(english, mode="lexical")


def test_dense_without_vectors_is_refused(words: Retriever) -> None:
    with pytest.raises(StoreError, match=r"no vectors to search.*domainkit\.toml"):
        words.retrieve(DEPOSIT, mode="dense")


def test_a_question_of_no_words_finds_nothing_by_words(words: Retriever) -> None:
    assert words.retrieve(Question("?!")) == []


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_a_superseded_passage_is_found_only_for_its_day(both: Retriever, mode: str) -> None:
    old = "The landlord keeps any deposit."

    def texts(day: date) -> set[str]:
        found = both.retrieve(DEPOSIT, k=9, mode=mode, filter=Filter(as_of=day))  # type: ignore[arg-type]
        return {item.passage.text for item in found}

    assert old in texts(date(2019, 12, 31))
    assert old not in texts(date(2020, 1, 1))
    assert texts(date(2020, 1, 1))


def test_a_passage_the_store_has_forgotten_meanwhile_gives_its_place_to_the_next(
    tmp_path: Path, filled: Store, both: Retriever
) -> None:
    first = both.retrieve(DEPOSIT, k=1)[0]
    filled.remove_document(first.passage.document_id)
    found = both.retrieve(DEPOSIT, k=2)
    assert len(found) == 2
    assert first.passage.id not in {item.passage.id for item in found}
    assert [item.rank for item in found] == [1, 2]


def test_what_another_process_indexed_is_found(
    tmp_path: Path, filled: Store, put: Put, both: Retriever, embedder: CountingEmbedder
) -> None:
    put("new.txt", "Quinine cures malaria.")
    retriever(tmp_path / "indexes", filled, embedder)
    assert both.retrieve(Question("What cures malaria?"))[0].passage.text.startswith("Quinine")


def test_a_title_counts_as_much_as_the_pack_says(tmp_path: Path, store: Store, put: Put) -> None:
    put("a", "Quinine quinine quinine.", "Notes")
    put("b", "It is bitter.", "Quinine")
    asked = Question("quinine")
    plain = retriever(tmp_path / "indexes", store, None, title_boost=0)
    boosted = retriever(tmp_path / "indexes", store, None, title_boost=9)
    assert plain.retrieve(asked)[0].passage.title == "Notes"
    assert boosted.retrieve(asked)[0].passage.title == "Quinine"


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_an_explanation_adds_up(both: Retriever, mode: str) -> None:
    found = both.retrieve(DEPOSIT, mode=mode)  # type: ignore[arg-type]
    reasons = explain(DEPOSIT, found, Retrieval(), mode)  # type: ignore[arg-type]
    assert reasons.terms == ("return", "deposit")
    for item, parts in zip(found, reasons.parts, strict=True):
        assert item.score == pytest.approx(sum(parts.values()))


def test_an_explanation_names_what_was_kept_and_how_scores_are_made() -> None:
    asked = Question("血糖？", as_of=date(2024, 5, 1), jurisdiction="CN")
    reasons = explain(asked, [], Retrieval(), "hybrid")
    assert reasons.filter == "in force on 2024-05-01 and of CN or of no jurisdiction"
    assert reasons.scores == "0.8 · lexical / (lexical + half) + 0.2 · coverage"
    assert reasons.parts == ()
    assert explain(Question(GUIDE), [], Retrieval(), "dense").scores == "1 · dense"
    assert explain(Question(GUIDE), [], Retrieval(), "dense").filter == "everything"


def test_a_text_out_of_force_says_since_when_and_what_replaced_it() -> None:
    ended = Validity(effective_to=date(2024, 1, 1), superseded_by="Act 9 of 2023")
    said = "no longer in force since 2024-01-01, replaced by Act 9 of 2023"
    assert outdated(ended, date(2024, 1, 1)) == said
    assert outdated(ended, date(2023, 12, 31)) == ""
    assert outdated(Validity(), date(2024, 1, 1)) == ""


def test_other_names_of_the_glossary_are_found_and_explained(
    tmp_path: Path, filled: Store
) -> None:
    indexes = Indexes.open(
        tmp_path / "indexes", store=filled, embedder=None, vectors="none", writable=True
    )
    indexes.update()
    glossary = Glossary({"sugar level": ["blood glucose", "glycaemia"]})
    asked = Question("What changes the sugar level?")
    assert Retriever(filled, indexes, None, Retrieval()).retrieve(asked) == []
    found = Retriever(filled, indexes, None, Retrieval(), glossary).retrieve(asked)
    assert found[0].passage.text == "Metformin lowers blood glucose."
    assert found[0].via["coverage"] == pytest.approx(2 / 3)  # "change" is still unknown
    names = explain(asked, found, Retrieval(), "lexical", glossary).names
    assert names == {
        "sugar": ("blood glucos", "glycaemia"),
        "level": ("blood glucos", "glycaemia"),
    }


def test_a_misspelt_word_finds_what_is_one_letter_away(words: Retriever) -> None:
    found = words.retrieve(Question("What does metfromin lower?"))
    assert found[0].passage.text == "Metformin lowers blood glucose."
    assert found[0].via["coverage"] == pytest.approx(1.0)
    assert words.retrieve(Question("What about glu?")) == []  # too short to be told apart
