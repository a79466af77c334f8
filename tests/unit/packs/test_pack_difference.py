from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.packs import difference, loader
from domainkit.packs.difference import Change

Writer = Callable[..., Path]

SOURCES = "sources: [{{path: note.md, title: N, licence: {}, origin: here, date: 2026-01-02}}]\n"
QUESTION = {"id": "q", "question": "Where?", "language": "en", "expect": "insufficient"}
TOPIC = "scope: {{topics: {{tax: {{phrases: {{en: [tax*, {}]}}, text: {{en: No.}}}}}}}}\n"
OLD = {
    "glossary.yaml": "BP: {synonyms: [blood pressure], source: here}\nGP: {synonyms: [doctor],"
    " source: here}\n",
    "guards.yaml": TOPIC.format("vat"),
    "knowledge/note.md": "# N\n\nKeep it.\nAlways.\n",
    "knowledge/SOURCES.yaml": SOURCES.format("CC0-1.0"),
    "eval/gates.yaml": "citation_recall: {least: 0.8}\n",
    "eval/questions.jsonl": json.dumps(QUESTION) + "\n",
}
NEW = {
    "glossary.yaml": "BP: {synonyms: [blood pressure, pressure], source: here}\n",
    "guards.yaml": TOPIC.format("duty"),
    "knowledge/note.md": "# N\n\nKeep it cool.\nAlways.\n",
    "knowledge/SOURCES.yaml": SOURCES.format("CC-BY-4.0"),
    "eval/gates.yaml": "citation_recall: {least: 0.9}\n",
    "eval/questions.jsonl": json.dumps({**QUESTION, "question": "When?"}) + "\n",
    "prompts/answer.en.md": "$sources\n\nNow: $question\n",
}
KNOWLEDGE = "knowledge: {note: {path: knowledge/note.md}}\n"


@pytest.fixture
def changes(write_pack: Writer) -> dict[tuple[str, str], Change]:
    before = loader.load(write_pack("old", KNOWLEDGE, **OLD))
    after = loader.load(
        write_pack("new", KNOWLEDGE + "retrieval: {k: 7}\nlanguages: [en]\n", **NEW)
    )
    return {(c.area, c.name): c for c in difference.compare(before, after)}


def test_everything_that_changed_is_named_and_nothing_else(
    changes: dict[tuple[str, str], Change],
) -> None:
    assert {key: change.kind for key, change in changes.items()} == {
        ("about", "name"): "changed",
        ("prompts", "answer.en"): "changed",
        ("guards", "scope.topics.tax.phrases.en"): "changed",
        ("glossary", "BP"): "changed",
        ("glossary", "GP"): "removed",
        ("knowledge", "note"): "changed",
        ("settings", "retrieval.k"): "changed",
        ("gates", "citation_recall"): "changed",
        ("evaluation", "q"): "changed",
    }


def test_old_and_new_value_are_told(changes: dict[tuple[str, str], Change]) -> None:
    def told(area: str, name: str) -> tuple[object, object]:
        return changes[area, name].before, changes[area, name].after

    assert told("settings", "retrieval.k") == (5, 7)
    assert told("glossary", "BP") == (["blood pressure"], ["blood pressure", "pressure"])
    assert told("guards", "scope.topics.tax.phrases.en") == (["tax*", "vat"], ["tax*", "duty"])
    assert told("gates", "citation_recall") == ("least 0.8", "least 0.9")
    before, after = told("knowledge", "note")
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["licence"], after["licence"]) == ("CC0-1.0", "CC-BY-4.0")


def test_the_lines_of_texts_are_shown(changes: dict[tuple[str, str], Change]) -> None:
    assert {"-Keep it.", "+Keep it cool."} <= set(changes["knowledge", "note"].lines)
    assert {"-$question", "+Now: $question"} <= set(changes["prompts", "answer.en"].lines)


def test_a_pack_differs_in_nothing_from_itself_and_a_child_in_what_it_says(
    write_pack: Writer, write_child: Writer
) -> None:
    parent = loader.load(write_pack("old", KNOWLEDGE, **OLD))
    assert difference.compare(parent, loader.load(parent.folder)) == []
    child = loader.load(write_child("child", str(parent.folder), "knowledge: null\n"))
    found = {(c.area, c.name): c.kind for c in difference.compare(parent, child)}
    assert found == {
        ("about", "name"): "changed",
        ("about", "extends"): "added",
        ("knowledge", "note"): "removed",
    }


def test_a_program_can_read_it(changes: dict[tuple[str, str], Change]) -> None:
    rows = difference.project(list(changes.values()))
    assert json.loads(json.dumps(rows)) == rows
    assert {"area", "name", "kind", "before", "after", "lines"} == set(rows[0])
