"""What stands beside a passage in its section comes along, where the pack asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from small_store import LEASE, Put

from domainkit.retrieval.surroundings import beside, grown
from domainkit.store import Store
from domainkit.types import Passage, Retrieved, Validity


def lines(store: Store) -> list[Passage]:
    return sorted(
        (e.passage for e in store.entries()), key=lambda p: (p.document_id, p.span.start)
    )


def test_the_next_ones_of_the_section_come_behind_what_was_found(store: Store, put: Put) -> None:
    put("lease", LEASE)
    first, second, third = lines(store)
    hit = Retrieved(second, 0.7, 1, {"lexical": 3.0})
    assert beside(store, second, 1) == [first, third]
    assert beside(store, first, 1) == [second]
    assert beside(store, first, 5) == [second, third]
    all_three = grown(store, [hit], 1)
    assert [(item.passage, item.rank) for item in all_three] == [
        (second, 1),
        (first, 2),
        (third, 3),
    ]
    assert all_three[1].via == {"beside": 0.7}
    assert grown(store, [hit], 0) == [hit]


def test_each_passage_comes_once_and_what_is_cited_stays_alone(store: Store, put: Put) -> None:
    put("lease", LEASE)
    first, second, third = lines(store)
    hits = [Retrieved(first, 0.7, 1), Retrieved(second, 0.6, 2)]
    assert [item.passage for item in grown(store, hits, 2)] == [first, second, third]
    named = [Retrieved(first, 1.0, 1, {"cited": 1.0})]
    assert grown(store, named, 2) == named


def test_another_section_another_document_and_another_version_stay_away(
    store: Store, put: Put
) -> None:
    put("lease", LEASE)
    put("guide", "Metformin lowers blood glucose.")
    old = Validity(date(2020, 1, 1), date(2021, 1, 1))
    lease = [p for p in lines(store) if p.title == "lease"]
    guide = next(p for p in lines(store) if p.title == "guide")
    assert beside(store, guide, 3) == []
    assert beside(store, replace(lease[1], section=("Rent",)), 3) == []
    assert beside(store, replace(lease[1], validity=old), 3) == []
