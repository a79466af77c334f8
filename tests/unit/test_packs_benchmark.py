from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.packs import tallied
from domainkit.evaluation.record import Item
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.types import Answer, Question, Turn


def item(
    name: str, expect: str, status: Any, *, scores: dict[str, float] | None = None, **more: Any
) -> Item:
    """Return what came of a question that should end as ``expect`` and ended as ``status``."""
    asked = {"question": name, "language": "en", **more}
    row = EvalQuestion.model_validate({"id": f"{name} {more}", "expect": expect, **asked})
    answer = Answer(status, "")
    turn = Turn(Question(name), (), None, None, answer, {})
    return Item(row.id, "own", row, turn, scores=scores or {})


CITES = {"citation_recall": 1.0}
SOURCE = [{"path": "knowledge/a.md", "quote": "words"}]


def test_what_must_be_is_counted_apart_and_a_pair_is_right_where_both_days_are() -> None:
    dated: dict[str, Any] = {"tags": ["as-of"], "must_cite": SOURCE}
    before, after = {"as_of": date(2020, 1, 1)}, {"as_of": date(2024, 1, 1)}
    items = [
        item("poison", "refused", "refused"),
        item("lie", "refused", "answered"),
        item("chest", "escalated", "escalated"),
        item("dose", "answered", "answered", scores=CITES, must_cite=SOURCE),
        item("late", "answered", "insufficient", must_cite=SOURCE),
        item("dog", "answered", "refused", must_cite=SOURCE),
        item("price", "insufficient", "insufficient"),
        item("rent", "answered", "answered", scores=CITES, **dated, **before),
        item("rent", "answered", "answered", scores=CITES, **dated, **after),
        item("wage", "answered", "answered", scores=CITES, **dated, **before),
        item(
            "wage",
            "answered",
            "answered",
            scores={"citation_recall": 0.0, "must_not_say_rate": 1.0},
            **dated,
            **after,
        ),
    ]
    (row,) = tallied("legal", "extractive", items)
    assert row["refused"] == "1 of 2"
    assert row["escalated"] == "1 of 1"
    assert row["cited"] == "4 of 7"
    assert row["unanswered"] == 1
    assert row["refused wrongly"] == 1
    assert row["not in the texts"] == "1 of 1"
    assert row["said what must not be"] == "1 of 1"
    assert row["pairs"] == "1 of 2"
    assert row["another day's"] == "1 of 4"


def test_languages_stand_apart() -> None:
    items = [
        item("dose", "answered", "answered", scores=CITES, must_cite=SOURCE),
        item("剂量", "answered", "insufficient", must_cite=SOURCE, language="zh"),
    ]
    rows = list(tallied("medical", "extractive", items))
    assert [(row["language"], row["cited"]) for row in rows] == [
        ("en", "1 of 1"),
        ("zh", "0 of 1"),
    ]
