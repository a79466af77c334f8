"""Questions with their turns and what they must cite, for the tests of evaluation."""

from __future__ import annotations

from datetime import date
from typing import Any

from domainkit.evaluation.record import Gold
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.types import (
    Answer,
    Citation,
    Claim,
    Generation,
    Message,
    Passage,
    Prompt,
    Question,
    Retrieved,
    Span,
    Turn,
    Usage,
    Validity,
    Verdict,
)


def question(**changes: Any) -> EvalQuestion:
    """Return a question that is to be answered, with ``changes``."""
    given = {"id": "q", "question": "How much?", "language": "en", "expect": "answered"}
    return EvalQuestion.model_validate({**given, **changes})


def passage(name: str, start: int = 0, end: int = 10, document: str = "d") -> Passage:
    """Return a passage of ``document`` at these characters."""
    return Passage(name, document, "Leaflet", "p. 1", Span(start, end), "x" * (end - start))


def found(*names: str, also: tuple[str, ...] = ()) -> tuple[Retrieved, ...]:
    """Return passages found in this order, ten characters each; ``also`` repeat the first."""
    places = {name: 10 * number for number, name in enumerate(names)}
    return tuple(
        Retrieved(
            passage(name, at, at + 10),
            0.9,
            rank,
            {"lexical": 1.0},
            tuple(passage(other, document="e") for other in also) if rank == 1 else (),
        )
        for rank, (name, at) in enumerate(places.items(), start=1)
    )


def citation(name: str) -> Citation:
    """Return a citation of the passage ``name``."""
    return Citation("[1]", name, "d", "Leaflet", "p. 1", "xx", Span(0, 2))


def turn(
    status: Any = "answered",
    text: str = "Two tablets. [1]",
    *,
    retrieved: tuple[Retrieved, ...] = (),
    cited: tuple[str, ...] = (),
    **answer: Any,
) -> Turn:
    """Return a turn with this answer."""
    made = Answer(status, text, tuple(map(citation, cited)), **answer)
    return Turn(Question("How much?"), retrieved, None, None, made, {"total": 0.5})


def whole() -> Turn:
    """Return a turn with every part filled in."""
    asked = Question(
        "How much?", (Message("user", "Hello"),), date(2026, 1, 2), "GB", "en", "How much of it?"
    )
    validity = Validity(date(2020, 1, 1), None, "the law of 2027")
    one = Passage(
        "p1", "d1", "Leaflet", "p. 2", Span(0, 4), "Two.", 2, ("Dose",), validity, {"a": "b"}
    )
    hits = (Retrieved(one, 0.5, 1, {"lexical": 2.0}, (one,)),)
    answer = Answer(
        "answered",
        "Two. [1]",
        (
            Citation(
                "[1]", "p1", "d1", "Leaflet", "p. 2", "Two.", Span(0, 4), "a.md", 2, ("Dose",)
            ),
        ),
        (Claim("Two.", Span(0, 4), "supported", "p1", Span(0, 4), "figures"),),
        0.75,
        1.0,
        (Verdict("grounding", "answer", "pass", "fine", ""),),
        ("Information, not advice.",),
    )
    prompt = Prompt((Message("system", "Answer."), Message("user", "Two.")), hits, asked)
    written = Generation("Two. [1]", "echo", None, "stop", Usage(12, 3, 0.25, None, 1))
    return Turn(asked, hits, prompt, written, answer, {"total": 0.25})


def gold(*passages: str, span: Span | None = None, document: str = "d") -> Gold:
    """Return words to cite that these passages hold."""
    return Gold("knowledge/leaflet.md", passages, document, "guideline", span)
