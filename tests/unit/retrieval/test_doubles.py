"""What documents that are alike share is shown once; what they do not share always is."""

from __future__ import annotations

from datetime import date

from small_store import CountingEmbedder, Put

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.doubles import folded
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Retriever
from domainkit.store import Store, likeness
from domainkit.types import Passage, Question, Span, Validity

ALIKE = {"a": {"b"}, "b": {"a"}}


def passage(document: str, text: str, **fields: object) -> tuple[Passage, int]:
    made = Passage(document + text, document, "T", "l", Span(0, len(text)), text, **fields)  # type: ignore[arg-type]
    return made, 0


def shown(*found: tuple[Passage, int]) -> list[tuple[str, list[str]]]:
    folded_ = folded(found, ALIKE)
    return [(s.passage.document_id, [p.document_id for p in s.also]) for s in folded_]


def test_the_same_words_are_shown_once_and_name_the_other() -> None:
    assert shown(passage("a", "Rent is due."), passage("b", "Rent  is\ndue.")) == [("a", ["b"])]


def test_a_part_of_what_is_shown_is_left_out_but_not_the_whole_of_a_part() -> None:
    part, whole = "Rent is due.", "Rent is due. On the first day."
    assert shown(passage("a", whole), passage("b", part)) == [("a", ["b"])]
    assert shown(passage("a", part), passage("b", whole)) == [("a", []), ("b", [])]


def test_what_differs_in_anything_is_shown() -> None:
    for one, other in [
        ("Take 1.5 mg.", "Take 15 mg."),
        ("Take 25 mg", "5 mg"),
        ("Not more than 4 g.", "More than 4 g."),
        ("the Tenant", "the tenant"),
    ]:
        assert shown(passage("a", one), passage("b", other)) == [("a", []), ("b", [])]


def test_documents_that_are_not_linked_and_other_times_are_left_alone() -> None:
    text = "Rent is due."
    later = Validity(date(2024, 1, 1))
    assert len(shown(passage("a", text), passage("c", text))) == 2
    assert len(shown(passage("a", text), passage("a", text))) == 2
    assert len(shown(passage("a", text), passage("b", text, validity=later))) == 2


def test_a_search_finds_what_two_versions_share_once_and_what_they_do_not_twice(
    store: Store, put: Put, tmp_path: object, embedder: CountingEmbedder
) -> None:
    lines = [f"Clause {n} speaks of matter {n} and of the party that bears it." for n in range(60)]
    put("a.txt", "\n".join([*lines, "The fee is 40 dollars a month."]))
    put("b.txt", "\n".join([*lines, "The fee is 45 dollars a month."]))
    assert len(likeness.link(store)) == 1
    indexes = Indexes.open(
        tmp_path / "indexes", store=store, embedder=embedder, vectors="faiss", writable=True
    )
    indexes.update()
    retriever = Retriever(store, indexes, embedder, Retrieval())

    found = retriever.retrieve(Question("What is the fee in dollars a month?"), k=2)
    texts = {f.passage.text for f in found}
    assert texts == {f"The fee is {fee} dollars a month." for fee in (40, 45)}

    found = retriever.retrieve(Question("Which party bears matter 17?"), k=5)
    texts = [f.passage.text for f in found]
    assert len(set(texts)) == len(texts) == 5
    assert found[0].passage.text == lines[17]
    assert [p.text for p in found[0].also] == [lines[17]]
    assert [f.rank for f in found] == [1, 2, 3, 4, 5]
