from __future__ import annotations

import json
from pathlib import Path

import pytest

from domainkit.assistant.likely import Packs
from domainkit.packs import loader

TEXTS = {
    "sea": "The keel, the mast and the anchor of a ship. Harbour pilots know the tide.",
    "farm": "The plough turns the soil before the harvest. Cattle graze on the meadow.",
}


@pytest.fixture
def packs(tmp_path: Path) -> Packs:
    loaded = {}
    for name, text in TEXTS.items():
        folder = tmp_path / name
        for sub in ("knowledge", "eval"):
            (folder / sub).mkdir(parents=True)
        (folder / "domain.yaml").write_text(
            f"schema: 1\nname: {name}\nversion: 1.0.0\ntitle: {name}\n"
            "knowledge: {all: {path: knowledge/all.md}}\n"
        )
        (folder / "knowledge/all.md").write_text(text)
        asked = {"sea": "Where is the lighthouse?", "farm": "Who milks the goats?"}[name]
        (folder / "eval/q.jsonl").write_text(json.dumps({"question": asked}) + "\n")
        (folder / "glossary.yaml").write_text(
            {
                "sea": "knot: {synonyms: [nautical mile], source: x}",
                "farm": "hay: {synonyms: [dry grass], source: x}",
            }[name]
        )
        loaded[name] = loader.load(folder)
    return Packs(loaded)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("An anchor holds the ship.", "sea"),
        ("Cattle and a plough", "farm"),
        ("the lighthouse", "sea"),  # of a question
        ("goats", "farm"),
        ("a nautical mile", "sea"),  # of the glossary
    ],
)
def test_a_text_is_of_the_pack_whose_words_it_uses(packs: Packs, text: str, name: str) -> None:
    scores = packs.scores(text)
    assert max(scores, key=scores.__getitem__) == name


def test_words_no_pack_has_speak_for_none(packs: Packs) -> None:
    assert len(set(packs.scores("quantum chromodynamics").values())) == 1


def test_each_document_has_a_voice(packs: Packs) -> None:
    best, other = packs.likely(["anchor", "ship", "the tide", "cattle " * 500])
    assert (best.pack, best.share, other.share) == ("sea", 0.75, 0.25)
    assert best.lead > 0 > other.lead


def test_no_texts_show_nothing(packs: Packs) -> None:
    assert {one.share for one in packs.likely([])} == {0.0}
