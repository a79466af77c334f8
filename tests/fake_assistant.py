"""An assistant whose answers a test decides, and which records what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

from domainkit.errors import QuestionError
from domainkit.packs.schemas.manifest import Manifest
from domainkit.settings import ServerSettings, Settings
from domainkit.types import (
    Answer,
    Citation,
    Claim,
    Generation,
    Message,
    Passage,
    Question,
    Retrieved,
    Span,
    Turn,
    Usage,
    Verdict,
)

MANIFEST = {
    "schema": 1,
    "name": "leaflets",
    "version": "1.2.3",
    "title": "Leaflets",
    "languages": ["en", "zh"],
    "jurisdictions": ["GB"],
    "scope": {"in": ["medicines"], "out": ["diagnosis"], "audience": "patients"},
}
SENTENCES = ("Take one tablet. [1] ", "Not more than four a day. [1] ")


def answered(question: Question, *, adapter: str | None = None) -> Turn:
    """Return a turn with every part filled in."""
    quote = Span(10, 26)
    text = "".join(SENTENCES).strip()
    answer = Answer(
        "answered",
        text,
        citations=(
            Citation(
                "[1]",
                "p1",
                "d1",
                "Leaflet",
                "p. 2",
                "Take one tablet.",
                quote,
                "a.pdf",
                2,
                ("Dose",),
            ),
        ),
        claims=(Claim("Take one tablet.", Span(0, 16), "supported", "p1", quote),),
        sufficiency=0.91,
        support=1.0,
        verdicts=(Verdict("grounding", "answer", "pass"),),
        notices=("Information, not advice.",),
    )
    generation = Generation(text, "echo", adapter, usage=Usage(120, 12, 0.5))
    return Turn(question, (passage(),), None, generation, answer, {"generate": 0.5, "total": 0.6})


def passage() -> Retrieved:
    """Return one retrieved passage."""
    found = Passage(
        "p1", "d1", "Leaflet", "p. 2", Span(10, 26), "Take one tablet.", page=2, section=("Dose",)
    )
    return Retrieved(found, 0.9, 1, {"lexical": 7.5, "coverage": 1.0})


def outcome(status: Any) -> Callable[..., Turn]:
    """Return what builds a turn of ``status`` that no model wrote."""

    def build(question: Question, *, adapter: str | None = None) -> Turn:
        return Turn(question, (), None, None, Answer(status, f"This is {status}."), {"total": 0.1})

    return build


@dataclass
class FakeAssistant:
    """Answers as a test says; records what it was asked and whether it was told to stop."""

    folder: Path = Path("/srv/clinic")
    turn: Callable[..., Turn] = answered
    pieces: Sequence[str] = SENTENCES
    error: Exception | None = None
    error_after: int = 0  # pieces released before the error
    endless: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)
    server: ServerSettings = field(default_factory=ServerSettings)
    asked: list[tuple[Question, int | None, str | None]] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)

    warmed: bool = False
    closed: bool = False

    @property
    def settings(self) -> Settings:
        return Settings(server=self.server)

    @property
    def pack(self) -> Any:
        return SimpleNamespace(manifest=Manifest.model_validate(MANIFEST))

    def counts(self) -> Any:
        return SimpleNamespace(documents=3, passages=42)

    def models(self) -> dict[str, str | None]:
        return {"generator": "echo", "embedder": None}

    def question(
        self,
        text: str,
        *,
        history: Sequence[Message] = (),
        as_of: date | None = None,
        jurisdiction: str | None = None,
    ) -> Question:
        if not text.strip():
            raise QuestionError("the question is empty", hint="ask something")
        return Question(text, tuple(history), as_of, jurisdiction)

    def warm(self) -> None:
        if self.error:
            raise self.error
        self.warmed = True

    def close(self) -> None:
        self.closed = True

    def ask(self, question: Question, *, k: int | None = None, adapter: str | None = None) -> Turn:
        *_, turn = self.stream(question, k=k, adapter=adapter)
        assert isinstance(turn, Turn)
        return turn

    def retrieve(self, question: Question, *, k: int | None = None) -> list[Retrieved]:
        self.asked.append((question, k, None))
        if self.error:
            raise self.error
        return [passage()]

    def stream(
        self,
        question: Question,
        *,
        k: int | None = None,
        adapter: str | None = None,
        cancel: Event | None = None,
    ) -> Iterator[str | Turn]:
        self.asked.append((question, k, adapter))
        for number, piece in enumerate(self.pieces):
            if self.error and number == self.error_after:
                raise self.error
            yield piece
        if self.endless and cancel:
            yield from self._on_and_on(cancel)
        yield self.turn(question, adapter=adapter)

    def _on_and_on(self, cancel: Event) -> Iterator[str]:
        try:
            while not cancel.wait(0.01):
                yield "And on. "
        finally:  # told to stop, or closed where it stood
            self.stopped.set()
