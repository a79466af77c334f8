"""``domainkit retrieve``: each passage with its scores and place; on request, why."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domainkit.cli import retrieve as command
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.types import Passage, Question, Retrieved, Span

TEXT = "Take one tablet.\x1b[2J\n\nNot more than four a day."
FOUND = Retrieved(
    Passage("p1", "d1", "Leaflet", "p. 2, Dose", Span(0, len(TEXT)), TEXT, 2, ("Dose",)),
    score=0.4 * 20 / 40 + 0.4 * 0.6 + 0.2 * 0.5,
    rank=1,
    via={"lexical": 20.0, "dense": 0.6, "coverage": 0.5},
)


class Opened:
    """Stands for an assistant and records what it was asked."""

    def __init__(self, found: list[Retrieved]) -> None:
        self.found = found
        self.asked: list[tuple[Question, int | None, str]] = []
        self.pack = self
        self.manifest = self
        self.retrieval = Retrieval()
        self.glossary = {"tablet": ("pill",)}

    def question(self, text: str, **scope: Any) -> Question:
        return Question(text, **scope)

    def retrieve(self, question: Question, *, k: int | None, mode: str) -> list[Retrieved]:
        self.asked.append((question, k, mode))
        return self.found

    def close(self) -> None:
        pass


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    made = Opened([FOUND])
    monkeypatch.setattr(command, "locate", lambda start: start or Path())
    monkeypatch.setattr(command.Assistant, "open", lambda folder: made)
    return made


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command.app, ["How many tablets?", *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_passage_is_shown_with_rank_scores_place_and_text(opened: Opened) -> None:
    assert run().splitlines() == [
        "1. 0.540  (lexical 20.000 · dense 0.600 · coverage 0.500)",
        "   Leaflet · Dose · p. 2, Dose",
        "   Take one tablet.[2J Not more than four a day.",
        "",
    ]
    assert opened.asked == [(Question("How many tablets?"), None, "hybrid")]


def test_options_reach_the_assistant(opened: Opened) -> None:
    run("-k", "3", "--mode", "dense", "--as-of", "2024-05-01", "--jurisdiction", "GB")
    asked = Question("How many tablets?", as_of=date(2024, 5, 1), jurisdiction="GB")
    assert opened.asked == [(asked, 3, "dense")]


def test_an_explanation_says_what_was_searched_and_how_it_adds_up(opened: Opened) -> None:
    shown = run("--explain", "--as-of", "2024-05-01")
    assert "terms: tablet\n" in shown
    assert "tablet: also pill\n" in shown
    assert "kept: in force on 2024-05-01\n" in shown
    assert "score = 0.4 · lexical / (lexical + half) + 0.4 · dense + 0.2 · coverage\n" in shown
    assert "   = 0.200 lexical + 0.240 dense + 0.100 coverage\n" in shown


def test_json_is_what_rest_gives_and_the_explanation_beside_it(opened: Opened) -> None:
    plain, explained = json.loads(run("--json")), json.loads(run("--json", "--explain"))
    assert plain["passages"] == explained["passages"]
    assert plain["passages"][0]["via"] == {"lexical": 20.0, "dense": 0.6, "coverage": 0.5}
    assert plain.keys() == {"passages"}
    assert explained["explanation"]["terms"] == ["tablet"]
    assert sum(explained["explanation"]["parts"][0].values()) == pytest.approx(0.54)


def test_that_nothing_was_found_is_said(opened: Opened) -> None:
    opened.found = []
    assert run() == "Nothing was found.\n"
    assert json.loads(run("--json")) == {"passages": []}
