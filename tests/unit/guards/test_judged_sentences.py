"""The claim check against the sentences judged by hand, and those sentences against the packs."""

from __future__ import annotations

import json
from pathlib import Path

from domainkit.guards import citations
from domainkit.types import Passage, Prompt, Question, Retrieved, Span

ROOT = Path(__file__).parents[3]
LINES = (ROOT / "benchmarks" / "labels" / "answer_sentences.jsonl").read_text("utf-8")
ROWS = [json.loads(line) for line in LINES.splitlines()]
LEAST = 0.9


def verdict(row: dict[str, str]) -> str:
    text = row["source"]
    passage = Passage("p", "d", row["title"], row["locator"], Span(0, len(text)), text)
    prompt = Prompt((), (Retrieved(passage, 1.0, 1),), Question("?"))
    return citations.resolve(f"{row['text']} [1]", prompt)[2][0].verdict


def test_the_check_agrees_with_people() -> None:
    agreed = [verdict(row) == row["verdict"] for row in ROWS]
    assert sum(agreed) / len(agreed) >= LEAST


def test_every_source_is_the_packs_own_text() -> None:
    files = (ROOT / "domains").glob("*/knowledge/*.md")
    held = " ".join(" ".join(path.read_text("utf-8").split()) for path in files)
    assert [row["id"] for row in ROWS if " ".join(row["source"].split()) not in held] == []


def test_there_are_sixty_in_english_and_forty_in_chinese() -> None:
    assert [row["language"] for row in ROWS] == ["en"] * 60 + ["zh"] * 40
    assert {row["verdict"] for row in ROWS} == {"supported", "contradicted", "unsupported"}
