from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_pack
from tiny_pack import ROWS, row, write_rows

from domainkit.errors import PackError, TrainingError
from domainkit.generation.prompt import compose
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import Data
from domainkit.packs.schemas.rows import TrainRow
from domainkit.training.examples import Example, examples

DATA = (Data(path="train/rows.jsonl"),)


def composed(folder: Path, *, budget: int = 2000, data: tuple[Data, ...] = DATA) -> list[Example]:
    return examples(loader.load(folder), data, budget=budget, count=len)


def only(folder: Path, **changes: Any) -> Example:
    write_rows(folder, [row(**changes)])
    (example,) = composed(folder)
    return example


def test_a_row_becomes_the_prompt_that_answering_would_compose(pack: Pack) -> None:
    first, *_ = composed(pack.folder)
    assert first.prompt.question is not None
    again = compose(pack, first.prompt.question, first.prompt.sources, budget=2000, count=len)
    assert first.prompt == again
    assert [source.passage.locator for source in first.prompt.sources] == ["Storage", "Dose"]
    assert first.answer == "Adults never take more than eight in a day [2]."
    assert first.place == "tiny/train/rows.jsonl:1"


def test_a_refusal_row_trains_the_sentence_the_prompt_asks_for(pack: Pack) -> None:
    refusal = composed(pack.folder)[2]
    assert refusal.refusal
    assert refusal.answer == pack.no_answer("en")
    assert refusal.answer in refusal.prompt.messages[0].content
    assert refusal.prompt.sources[0].passage.text == "The box is blue."


def test_sources_are_found_by_locator_or_by_words_across_line_breaks(pack_folder: Path) -> None:
    file = pack_folder / "knowledge" / "tablets.md"
    file.write_text(file.read_text().replace("never more", "never\nmore"))
    path = "knowledge/tablets.md"
    by_words = only(pack_folder)
    located = [{"path": path, "locator": "Storage"}, {"path": path, "locator": "Dose"}]
    assert only(pack_folder, sources=located).prompt == by_words.prompt


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            {"path": "knowledge/tablets.md", "quote": "nine in a day"},
            "no passages .* have the quote",
        ),
        ({"path": "knowledge/tablets.md", "locator": "Doses"}, "no passages .* have the locator"),
        (
            {"path": "knowledge/tablets.md", "locator": "Storage", "quote": "two tablets"},
            "no passages",
        ),
        ({"path": "knowledge/pills.md", "quote": "x"}, "there is no such file"),
        ({"path": "knowledge/tablets.md#7", "quote": "x"}, "it has no such record"),
        ({"path": "knowledge/empty.md", "quote": "x"}, "the file is empty"),
    ],
)
def test_a_source_that_is_not_found_names_the_file_and_line(
    pack_folder: Path, source: dict[str, str], said: str
) -> None:
    (pack_folder / "knowledge" / "empty.md").touch()
    write_rows(pack_folder, [row("price"), row("storage", sources=[source])])
    with pytest.raises(TrainingError, match=rf"^tiny/train/rows\.jsonl:2: .*{said}"):
        composed(pack_folder)


def test_a_locator_that_several_passages_have_asks_for_words(pack_folder: Path) -> None:
    paragraphs = "\n\n".join(f"{word} " + "tablets are taken. " * 60 for word in "abc")
    (pack_folder / "knowledge" / "tablets.md").write_text(f"# Tablets\n\n## Dose\n\n{paragraphs}")
    sources = [{"path": "knowledge/tablets.md", "locator": "Dose"}]
    with pytest.raises(TrainingError, match=r"\d passages of .*add a quote"):
        only(pack_folder, sources=sources, answer="They are taken [1].")
    quoted = [{**sources[0], "quote": "c tablets are taken"}]
    found = only(pack_folder, sources=quoted, answer="They are taken [1].")
    assert "c tablets are taken" in found.prompt.sources[0].passage.text


def test_words_of_one_passage_are_one_source_and_the_markers_follow(pack_folder: Path) -> None:
    path = "knowledge/tablets.md"
    quotes = ("Adults take two tablets", "never more than eight", "below 25 degrees")
    sources = [{"path": path, "quote": quote} for quote in quotes]
    example = only(pack_folder, sources=sources, answer="Two [1], eight at most [1][2]. Cool [3].")
    assert [source.passage.locator for source in example.prompt.sources] == ["Dose", "Storage"]
    assert example.answer == "Two [1], eight at most [1]. Cool [2]."


def test_a_source_that_does_not_fit_whole_is_an_error_not_a_cut(pack_folder: Path) -> None:
    length = sum(len(message.content) for message in composed(pack_folder)[0].prompt.messages)
    composed(pack_folder, budget=length)
    with pytest.raises(TrainingError, match=r"rows\.jsonl:1: source 2 of 2 does not fit whole"):
        composed(pack_folder, budget=length - 1)


def test_rows_in_other_languages_are_left_out(pack_folder: Path) -> None:
    write_rows(pack_folder, [row("storage"), row("price", language="zh")])
    english = (Data(path="train/rows.jsonl", languages=("en",)),)
    assert [example.id for example in composed(pack_folder, data=english)] == ["storage"]


def test_an_assistants_rows_stand_beside_those_of_the_pack_it_extends(
    pack_folder: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    (mine / "documents").mkdir(parents=True)
    (mine / "domainkit.toml").touch()
    manifest = {"schema": 1, "name": "mine", "version": "0.1.0", "title": "Mine"}
    (mine / "domain.yaml").write_text(json.dumps({**manifest, "extends": str(pack_folder)}))
    (mine / "documents" / "rules.md").write_text("# Rules\n\nThe desk opens at nine.")
    source = {"path": "documents/rules.md", "quote": "opens at nine"}
    write_rows(
        mine, [row("storage", id="m", sources=[source], answer="At nine [1].")], name="house"
    )
    found = composed(mine)
    assert [example.id for example in found] == ["m", "dose", "storage", "price"]
    assert found[0].place == "mine/train/house.jsonl:1"
    assert found[0].prompt.messages[0] == found[1].prompt.messages[0]


def test_two_rows_of_one_id_are_an_error(pack_folder: Path) -> None:
    write_rows(pack_folder, [*ROWS, row("storage")])
    with pytest.raises(TrainingError, match=r"rows\.jsonl:4: the id 'storage' stands at .*:2"):
        composed(pack_folder)


def test_no_rows_at_all_is_an_error(pack_folder: Path) -> None:
    write_rows(pack_folder, [])
    with pytest.raises(TrainingError, match="no rows for this recipe"):
        composed(pack_folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer": "No marker."}, "cites no source"),
        ({"answer": "Wrong [3]."}, r"cites \[3\] of 2 sources"),
        ({"answer": None}, "either an answer or 'refusal: true'"),
        ({"refusal": True}, "either an answer or 'refusal: true'"),
        ({"sources": []}, "sources: .*at least 1 item"),
        ({"sources": [{"path": "knowledge/tablets.md"}]}, "needs a locator or a quote"),
        ({"licence": " "}, "licence"),
        ({"licence": None}, "licence: is missing"),
        ({"sorces": []}, "unknown key; did you mean 'sources'"),
    ],
)
def test_a_row_that_does_not_fit_the_schema_names_file_line_and_key(
    pack_folder: Path, changes: dict[str, Any], said: str
) -> None:
    write_rows(pack_folder, [row("storage"), row("dose", **changes)])
    with pytest.raises(PackError, match=rf"^tiny/train/rows\.jsonl:2.*{said}"):
        composed(pack_folder)


def test_a_line_that_is_not_json_names_file_and_line(pack_folder: Path) -> None:
    path = pack_folder / "train" / "rows.jsonl"
    path.write_text(path.read_text() + '{"id": \n')
    with pytest.raises(PackError, match=r"tiny/train/rows\.jsonl:4: is not JSON"):
        composed(pack_folder)


def test_a_given_source_and_a_file_source_are_told_apart() -> None:
    parsed = TrainRow.model_validate(row("price"))
    assert parsed.sources[0].model_dump()["title"] == "Tablets"
    assert TrainRow.model_validate(parsed.model_dump()) == parsed
    assert tiny_pack.row("dose")["sources"][0]["path"] == "knowledge/tablets.md"


def test_rows_of_another_pack_are_shown_by_this_ones_prompts(pack: Pack, tmp_path: Path) -> None:
    other = tiny_pack.write_pack(tmp_path / "other", base=tmp_path)
    (other / "prompts" / "system.en.md").write_text("Its own words. $no_answer")

    shown = examples(pack, DATA, budget=2000, count=len, home=loader.load(other))

    assert [one.prompt.messages for one in shown] == [
        one.prompt.messages for one in composed(pack.folder)
    ]
    assert all(one.place.startswith("other/") for one in shown)
