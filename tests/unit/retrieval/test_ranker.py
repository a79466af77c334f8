"""First the work, then the passage in it; and the order as it was where there is no choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_store import CountingEmbedder, Put

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.packs.schemas.ranker import Aspect, Ranker
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.ranker import FEATURES, LearnedRanker, default
from domainkit.retrieval.retriever import Retriever
from domainkit.retrieval.siblings import siblings
from domainkit.store import Store
from domainkit.types import Filter, Passage, Question, Retrieved, Span, Validity

SUBJECTS = ("Ardane syndrome", "Belmir disease", "Corvin fever")
ASPECTS = (
    "{} is a condition of the bones.",
    "This condition is inherited in an autosomal recessive pattern.",
    "There is no cure; treatment is supportive.",
)
INHERITED = Question("Is Belmir disease inherited?")


def retrieved(passages: Sequence[tuple[str, str]], scores: Sequence[float]) -> list[Retrieved]:
    return [
        Retrieved(
            Passage(f"p{n}", f"d{n}", title, "", Span(0, len(text)), text),
            score,
            n,
            {"dense": score, "coverage": score},
        )
        for n, ((title, text), score) in enumerate(zip(passages, scores, strict=True), start=1)
    ]


@pytest.fixture
def found() -> list[Retrieved]:
    """Three works of three passages; the one that is asked about holds the best passage."""
    passages = [(title, text.format(title)) for title in SUBJECTS for text in ASPECTS]
    scores = [0.40, 0.45, 0.35, 0.80, 0.20, 0.30, 0.40, 0.44, 0.35]
    return retrieved(passages, scores)


def test_the_passage_that_tells_what_is_asked_comes_first(found: list[Retrieved]) -> None:
    ordered = LearnedRanker(default()).rerank(INHERITED, found)
    assert ordered[0].passage.text == ASPECTS[1]
    assert ordered[0].passage.title == "Belmir disease"
    assert [item.rank for item in ordered] == list(range(1, 10))
    assert {item.passage.id for item in ordered} == {item.passage.id for item in found}


def test_scores_stay_and_the_ranker_says_what_it_thought(found: list[Retrieved]) -> None:
    before = {item.passage.id: item.score for item in found}
    ordered = LearnedRanker(default()).rerank(INHERITED, found)
    assert {item.passage.id: item.score for item in ordered} == before
    said = [item.via["ranker"] for item in ordered]
    assert said == sorted(said, reverse=True)


def test_what_a_thing_is_stands_where_the_passage_begins_with_it(found: list[Retrieved]) -> None:
    rows = LearnedRanker(default()).features(Question("What is Belmir disease?"), found)
    assert rows is not None
    aspect = rows[:, FEATURES.index("aspect")].tolist()
    assert aspect[3] == 1.0
    assert aspect[4] < 1.0


@pytest.mark.parametrize("passages", [2, 17])
def test_without_a_choice_in_a_work_the_order_stays(passages: int) -> None:
    """Works of two passages have nothing to choose from; one of seventeen is a long document."""
    listed = [(title, f"passage {n}") for n in range(passages) for title in SUBJECTS]
    given = retrieved(listed, [1 / n for n in range(1, len(listed) + 1)])
    ranker = LearnedRanker(default())
    assert ranker.features(INHERITED, given) is None
    assert ranker.rerank(INHERITED, given[::-1]) == given


def test_one_document_cut_up_is_no_choice(found: list[Retrieved]) -> None:
    whole = [
        replace(item, passage=replace(item.passage, document_id=item.passage.title))
        for item in found
    ]
    assert LearnedRanker(default()).features(INHERITED, whole) is None


def test_a_title_that_everything_has_is_no_work() -> None:
    given = retrieved([("corpus", text) for text in ASPECTS], [0.9, 0.8, 0.7])
    assert LearnedRanker(default()).features(INHERITED, given) is None


def test_another_language_is_left_alone(found: list[Retrieved]) -> None:
    chinese = replace(INHERITED, text="会遗传吗", language="zh")
    ordered = LearnedRanker(default()).rerank(chinese, found)
    assert [item.score for item in ordered] == sorted((i.score for i in found), reverse=True)


def test_weights_and_aspects_are_data(found: list[Retrieved]) -> None:
    aspects = {"price": Aspect(asked=("inherit",), told=("support",))}
    ranker = LearnedRanker(Ranker(weights={"aspect": 1.0}, aspects=aspects))
    assert ranker.rerank(INHERITED, found)[0].passage.text == ASPECTS[2]


@pytest.fixture
def subjects(store: Store, put: Put) -> Store:
    for title in SUBJECTS:
        for number, text in enumerate(ASPECTS):
            put(f"{title}-{number}.txt", text.format(title), title)
    return store


def test_siblings_are_of_the_same_work(subjects: Store) -> None:
    best = {4: ("Belmir disease", ""), 2: ("Ardane syndrome", ""), 9: ("Corvin fever", "")}
    beside = siblings(subjects, best)
    assert sorted(beside) == [1, 3, 5, 6, 7, 8]
    assert beside[5][0] == beside[6][0] == "Belmir disease"


def test_where_few_works_go_on_nothing_is_looked_up(subjects: Store) -> None:
    assert siblings(subjects, {4: ("Belmir disease", ""), 2: ("Ardane syndrome", "")}) == {}


def test_what_stands_beside_passes_the_filter(
    tmp_path: Path, subjects: Store, put: Put, embedder: CountingEmbedder
) -> None:
    put("old.txt", "Not contagious.", "Corvin fever", validity=Validity(None, date(2020, 1, 1)))
    indexes = Indexes.open(
        tmp_path / "i", store=subjects, embedder=embedder, vectors="faiss", writable=True
    )
    indexes.update()
    retriever = Retriever(subjects, indexes, embedder, Retrieval())

    def texts(day: date) -> set[str]:
        asked = Question("What is Corvin fever?")
        found = retriever.considered(asked, depth=5, filter=Filter(as_of=day))
        return {item.passage.text for item in found}

    assert "Not contagious." in texts(date(2019, 1, 1))
    assert "Not contagious." not in texts(date(2021, 1, 1))
    assert ASPECTS[1] in texts(date(2021, 1, 1))


def test_a_passage_without_a_word_of_the_question_is_reached_through_its_work(
    tmp_path: Path, subjects: Store, embedder: CountingEmbedder
) -> None:
    indexes = Indexes.open(
        tmp_path / "i", store=subjects, embedder=embedder, vectors="faiss", writable=True
    )
    indexes.update()
    ranker = LearnedRanker(default())
    retriever = Retriever(subjects, indexes, embedder, Retrieval(), reranker=ranker)
    best = retriever.retrieve(Question("Which therapies help in Belmir disease?"))[0]
    assert (best.passage.title, best.passage.text) == ("Belmir disease", ASPECTS[2])
    assert "ranker" in best.via


class Last:
    """Puts first what was last."""

    depth = 2

    def rerank(self, question: Question, retrieved: Sequence[Retrieved]) -> list[Retrieved]:
        return [replace(item, via={**item.via, "last": 1.0}) for item in reversed(retrieved)]


def test_a_retriever_reranks_the_best_and_only_hybrid(
    tmp_path: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    indexes = Indexes.open(
        tmp_path / "i", store=filled, embedder=embedder, vectors="faiss", writable=True
    )
    indexes.update()
    asked = Question("Who returns the deposit?")
    plain = Retriever(filled, indexes, embedder, Retrieval())
    ranked = Retriever(filled, indexes, embedder, Retrieval(), reranker=Last())
    before, after = plain.retrieve(asked, k=3), ranked.retrieve(asked, k=9)
    given = [item.passage.id for item in ranked.considered(asked, depth=2)]
    assert given[:2] == [item.passage.id for item in before[:2]]
    assert [item.passage.id for item in after[: len(given)]] == given[::-1]
    assert "last" in after[0].via
    assert len({item.passage.id for item in after}) == len(after)
    for mode in ("lexical", "dense"):
        assert ranked.retrieve(asked, mode=mode) == plain.retrieve(asked, mode=mode)  # type: ignore[arg-type]
