from __future__ import annotations

from typing import Any

from tiny_pack import write_rows

from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import Data, RagContext
from domainkit.training.examples import Example, examples

DATA = (Data(path="train/rows.jsonl"),)


def given(title: str, text: str) -> dict[str, str]:
    return {"title": title, "locator": "Text", "text": text}


COUGH = given("Syrup", "The syrup is for a dry cough at night.")
FEVER = given("Tablets", "The tablets are for fever. Two tablets at once are enough.")
BOX = given("Box", "The box is blue.")
EYES = given("Drops", "The drops are for red eyes.")


def asked(name: str, question: str, sources: list[Any], answer: str) -> dict[str, Any]:
    return {
        "id": name,
        "question": question,
        "language": "en",
        "sources": sources,
        "answer": answer,
        "licence": "CC0-1.0",
        "origin": "written for the test",
    }


def shown(pack: Pack, context: RagContext, *rows: dict[str, Any]) -> dict[str, Example]:
    write_rows(pack.folder, list(rows))
    made = examples(
        loader.load(pack.folder), DATA, budget=4000, count=len, context=context, seed=3
    )
    return {one.id: one for one in made}


def titles(example: Example) -> list[str]:
    return [source.passage.title for source in example.prompt.sources]


def test_sources_are_numbered_by_the_words_they_share_with_the_question(pack: Pack) -> None:
    fever = asked("fever", "Are two tablets enough for fever?", [BOX, FEVER], "Two are [2].")
    cough = asked("cough", "Is the syrup for a cough at night?", [COUGH, EYES], "It is [1].")
    made = shown(pack, RagContext(distractors=1, refusals=0), fever, cough)
    assert titles(made["fever"]) == ["Tablets", "Box"]
    assert made["fever"].answer == "Two are [1]."
    assert titles(made["cough"]) == ["Syrup", "Drops"]


def test_what_does_not_answer_may_lead_as_it_may_when_it_is_retrieved(pack: Pack) -> None:
    row = asked("fever", "Which is for fever, with a dry cough at night?", [FEVER], "They [1].")
    other = asked("cough", "Is the syrup for a cough?", [COUGH], "It is [1].")
    made = shown(pack, RagContext(distractors=1, refusals=0), row, other)
    assert titles(made["fever"]) == ["Syrup", "Tablets"]
    assert made["fever"].answer == "They [2]."


def test_a_title_counts_and_length_takes_off(pack: Pack) -> None:
    named = given("Fever", "Two tablets at once are enough.")
    long = given("Leaflet", f"Tablets, and fever. {'Keep all of this far from children. ' * 12}")
    row = asked("fever", "How many tablets for fever?", [long, named], "Two [2].")
    made = shown(pack, RagContext(distractors=0, refusals=0), row)
    assert titles(made["fever"]) == ["Fever", "Leaflet"]


def test_a_row_with_enough_sources_of_its_own_gets_no_others(pack: Pack) -> None:
    full = asked("fever", "Is it fever?", [FEVER, BOX, EYES], "It is [1].")
    bare = asked("cough", "Is it a cough?", [COUGH], "It is [1].")
    made = shown(pack, RagContext(distractors=2, refusals=0), full, bare)
    assert set(titles(made["fever"])) == {"Tablets", "Box", "Drops"}
    assert len(titles(made["cough"])) == 3


def test_of_the_rows_written_as_refusals_a_share_is_read(pack: Pack) -> None:
    answered = asked("cough", "Is the syrup for a cough?", [COUGH], "It is [1].")
    refused = [
        {**asked(f"cost-{n}", f"What does box {n} cost?", [BOX], ""), "refusal": True}
        for n in range(20)
    ]
    rows = [answered, *({k: v for k, v in row.items() if k != "answer"} for row in refused)]
    made = shown(pack, RagContext(distractors=1, refusals=0, written=0.5), *rows)
    assert "cough" in made
    assert 4 <= len(made) - 1 <= 16
    assert not [
        one
        for one in shown(pack, RagContext(refusals=0, written=0), *rows).values()
        if one.refusal
    ]
