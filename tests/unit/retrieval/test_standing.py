"""Of passages that answer alike, the one of the higher rank comes first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domainkit.packs import loader
from domainkit.retrieval.standing import Ranks
from domainkit.store import FileRecord, Store
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage, Span

SAID = {
    "a": "Ordinance of the city",
    "b": "Statute",
    "c": None,
    "d": "Randomised trial, retracted",
    "e": "randomised trial",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as opened:
        for name, authority in SAID.items():
            document = Document(document_id(name), name, name, name, authority=authority)
            passage = Passage("", document.id, name, "p. 1", Span(0, 1), name)
            opened.replace(FileRecord(name, name * 64), [(document, list(with_ids([passage])))])
        yield opened


def order(store: Store, ranks: tuple[str, ...], **scores: float) -> str:
    held = {entry.passage.title: entry.passage for entry in store.entries()}
    found = [(held[name], (name, score)) for name, score in scores.items()]
    return "".join(name for _, (name, _) in Ranks(store, ranks).ordered(found))


def test_alike_scores_are_ordered_by_rank(store: Store) -> None:
    assert order(store, ("statute", "ordinance"), c=0.704, a=0.702, b=0.701) == "bac"


def test_a_better_answer_comes_first_whatever_its_rank(store: Store) -> None:
    assert order(store, ("statute", "ordinance"), c=0.9, a=0.8, b=0.7) == "cab"


def test_the_longest_rank_that_fits_counts(store: Store) -> None:
    ranks = ("randomised", "statute", "randomised trial, retracted")
    assert order(store, ranks, d=0.5, b=0.5, e=0.5) == "ebd"


def test_without_ranks_the_order_stays(store: Store) -> None:
    assert order(store, (), c=0.701, b=0.703, a=0.702) == "cba"


@pytest.mark.parametrize("name", ["medical", "legal", "biomedical"])
def test_the_packs_rank_their_own_knowledge(name: str) -> None:
    assert loader.load(name).manifest.retrieval.ranks
