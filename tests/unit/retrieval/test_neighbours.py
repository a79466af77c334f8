"""A passage gains from the one beside it in the same work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from small_store import Put

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.neighbours import lifted
from domainkit.retrieval.retriever import Retriever
from domainkit.store import Store
from domainkit.types import Passage, Question, Span

CIVIL, LABOUR = "民法典第四百六十{}条", "劳动法第{}条"


def passage(title: str, document: str) -> Passage:
    return Passage(f"{title}{document}", document, title, "", Span(0, 1), "x")


def found(titles: Mapping[int, str]) -> object:
    def of(keys: Sequence[int]) -> dict[int, Passage]:
        return {key: passage(titles[key], f"d{key}") for key in keys}

    return of


def test_the_better_neighbour_of_the_same_work_counts() -> None:
    titles = {n: CIVIL.format("一二三"[n - 1]) for n in (1, 2, 3)} | {4: LABOUR.format("一")}
    scores = {1: 4.0, 2: 1.0, 3: 2.0, 4: 8.0}
    assert lifted(scores, 0.5, found(titles)) == {1: 4.5, 2: 3.0, 3: 2.5, 4: 8.0}  # type: ignore[arg-type]


def test_records_without_a_work_do_not_lift_each_other() -> None:
    scores = {1: 4.0, 2: 1.0}
    assert lifted(scores, 0.5, found({1: "", 2: ""})) == scores  # type: ignore[arg-type]
    assert lifted(scores, 0.5, found({1: "Fever", 2: "Fever"})) == scores  # type: ignore[arg-type]


def test_without_weight_nothing_is_looked_up() -> None:
    def never(keys: Sequence[int]) -> dict[int, Passage]:
        raise AssertionError

    assert lifted({1: 4.0, 2: 1.0}, 0.0, never) == {1: 4.0, 2: 1.0}


def test_the_pack_says_what_a_neighbour_counts(tmp_path: Path, store: Store, put: Put) -> None:
    put("alone.txt", "Rent is due.")
    put("beside.txt", "Rent is paid late.\nRent owed late is claimed.")
    indexes = Indexes.open(tmp_path, store=store, embedder=None, vectors="none", writable=True)
    indexes.update()

    def scores(weight: float) -> dict[str, float]:
        numbers = Retrieval(neighbour_weight=weight)
        made = Retriever(store, indexes, None, numbers).retrieve(Question("rent"))
        return {item.passage.text: item.via["lexical"] for item in made}

    plain, lifted_ = scores(0.0), scores(0.5)
    assert lifted_["Rent is due."] == plain["Rent is due."]
    assert lifted_["Rent is paid late."] > plain["Rent is paid late."]
