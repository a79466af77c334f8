"""Runs with words that a page must not take for its own, for the tests of the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from judged import gold, question, whole

from domainkit.evaluation.record import GateOutcome, Item, Run, Score
from domainkit.types import Claim, Span

HOSTILE = (
    "<script>window.hit=1</script><img src=http://evil.example/x onerror=window.hit=2>"
    "</div></details><style>body{display:none}</style>\"'><a href=javascript:window.hit=3>x</a>"
    "\x00\x1b[31m\u202eevil\u202c\ud800 ]]> <!-- ${title} $style"
)

WHOLE = HOSTILE.replace("\ud800", "")  # what a file in UTF-8 can hold


def run(**changes: Any) -> Run:
    """Return a run with two gates, one of which failed."""
    made = Run(
        id="20260102T030405Z-abcdef00",
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ended=datetime(2026, 1, 2, 3, 5, 6, tzinfo=UTC),
        command=f"domainkit eval {HOSTILE}",
        configuration="abc" * 8,
        pack="clinic",
        pack_version="0.1.0",
        pack_fingerprint="def",
        generation=3,
        documents=2,
        passages=9,
        seed=0,
        models={"generator en": HOSTILE},
        data={"own/questions": "123"},
        questions=3,
        notices=("one thing was left out",),
        scores=(
            Score("status_accuracy", "", 0.66, 3, 0.2, 0.9, 0.33, "the commonest answer"),
            Score("status_accuracy", "language:en", 1.0, 2, 0.3, 1.0),
            Score("status_accuracy", f"tag:{HOSTILE}", 0.0, 1, 0.0, 0.7),
            Score("latency_p50", "", 0.25, 3, 0.2, 0.4),
            Score("latency_p50", "language:en", 0.3, 2, 0.2, 0.4),
            Score("label_accuracy", "", None, 0),
        ),
        gates=(
            GateOutcome("status_accuracy", "", 0.66, 3, passed=False, least=0.9),
            GateOutcome("latency_p50", "", 0.25, 3, passed=True, most=2.0),
            GateOutcome("label_accuracy", "language:zh", None, 0, passed=False, least=0.5),
        ),
        curves={
            "risk": ((0.5, 0.0), (1.0, 0.33)),
            "reliability": ((0.2, 0.1, 3.0), (0.9, 0.95, 9.0)),
        },
    )
    return replace(made, **changes)


def item(name: str, status: Any = "answered", text: str = "Two. [1]", **changes: Any) -> Item:
    """Return an item whose answer has this status and text."""
    asked = {"id": name, "question": f"What of {name}?", **changes}
    turn = whole()
    claims = (
        Claim(text[:4], Span(0, 4), "supported", "p1", Span(0, 4)),
        Claim(text[4:8], Span(4, 8), "contradicted", "p1", Span(0, 4), "figures"),
        Claim("of no place", Span(2, 9_999), "unsupported"),
    )
    answer = replace(turn.answer, status=status, text=text, claims=claims)
    return Item(
        name,
        "own/questions",
        question(**asked),
        replace(turn, answer=answer),
        (gold("p1", span=Span(0, 4)), gold()),
        ("p1",),
        suffices=True,
        slices=("language:en",),
        scores={"status_accuracy": float(status == asked.get("expect", "answered"))},
    )


def items() -> list[Item]:
    """Return a right answer, a missed emergency and a hostile one."""
    plain = replace(item("fine"), turn=whole())
    return [
        plain,
        item("missed", expect="escalated"),
        item("hostile", text=HOSTILE, question=WHOLE, note=WHOLE),
    ]
