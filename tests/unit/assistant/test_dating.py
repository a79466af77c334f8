from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from domainkit.assistant import dating
from domainkit.assistant.corpus import Corpus
from domainkit.guards.notice import day_of
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.types import Message, Passage, Question, Retrieved, Span, Validity

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def legal() -> Pack:
    return loader.load("legal")


class Found:
    """A corpus that finds what it is given."""

    def __init__(self, *found: tuple[float, date | None]) -> None:
        self._found = [
            Retrieved(
                Passage("p", "d", "t", "§ 1", Span(0, 1), "x", validity=Validity(None, end)),
                score,
                1,
            )
            for score, end in found
        ]

    def retrieve(self, question: Question, k: int | None) -> list[Retrieved]:
        assert question.as_of is None  # what no longer holds is found too
        return self._found


def corpus(*found: tuple[float, date | None]) -> Corpus:
    return cast(Corpus, cast(Any, Found(*found)))


def test_a_follow_up_is_asked_for_the_day_of_what_it_follows(legal: Pack) -> None:
    history = (Message("user", "How high could a deposit be in 2021?"),)
    asked = dating.dated(Question("And for a furnished one?", history, TODAY), legal)
    assert (asked.as_of, asked.dated) == (date(2021, 12, 31), True)
    again = dating.dated(Question("And today?", history, TODAY), legal)
    assert (again.as_of, again.dated) == (TODAY, False)


def test_a_pack_that_does_not_read_days_leaves_them_alone() -> None:
    asked = Question("How many deaths did COPD cause in 2021?", as_of=TODAY)
    assert dating.dated(asked, loader.load("medical")) == asked


def test_what_held_before_is_that_of_the_best_passage_that_no_longer_holds(legal: Pack) -> None:
    asked = Question("What was the fee under the former rule?", as_of=TODAY)
    sought = dating.sought(asked, corpus((0.8, None), (0.75, date(2022, 6, 1))), legal)
    assert (sought.as_of, sought.condensed) == (date(2022, 5, 31), "What was the fee?")
    assert "2022-05-31" in day_of(sought)[0]
    far = dating.sought(asked, corpus((0.8, None), (0.5, date(2022, 6, 1))), legal)
    assert far == asked
    assert day_of(far) == ()
