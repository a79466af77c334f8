"""``domainkit bench sufficiency``: an owner's questions calibrate when to refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domainkit.assistant import Assistant
from domainkit.cli.bench import app
from domainkit.errors import EvaluationError, PackError
from domainkit.packs import loader, scaffold

PLANTS = (
    *("aloe", "basil", "clover", "daisy", "elder", "fennel", "garlic", "heather", "ivy"),
    *("jasmine", "kale", "lavender", "mint", "nettle", "oregano", "poppy", "quince", "rue"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant about plants, with questions some of which its documents answer."""
    base = tmp_path_factory.mktemp("plants")
    planned = scaffold.plan("plants", domain="medical", language="en", base=base)
    scaffold.write(planned)
    rows = []
    for number, plant in enumerate(PLANTS):
        sentence = f"Water {plant} every {number + 2} days in summer."
        text = f"# {plant.title()}\n\n{sentence} It is planted in spring.\n"
        (planned.folder / "documents" / f"{plant}.md").write_text(text, encoding="utf-8")
        cited = [{"path": f"documents/{plant}.md", "quote": sentence}]
        asked = {"id": plant, "question": f"How often is {plant} watered?", "language": "en"}
        rows.append({**asked, "expect": "answered", "must_cite": cited})
        asked = {"id": f"no-{plant}", "question": f"Who sells seeds of {plant}?"}
        rows.append({**asked, "language": "en", "expect": "insufficient"})
    (planned.folder / "eval").mkdir(exist_ok=True)
    lines = "\n".join(json.dumps(row) for row in rows)
    (planned.folder / "eval" / "questions.jsonl").write_text(lines, encoding="utf-8")
    assistant = Assistant.open(planned.folder, overrides={"tier": "extractive"})
    assistant.ingest([planned.folder / "documents"])
    assistant.close()
    return planned.folder


@pytest.fixture(autouse=True)
def extractive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")


def test_without_questions_it_says_which_file_to_write(folder: Path) -> None:
    given = ["sufficiency", "nowhere.jsonl", "--assistant", str(folder)]
    failed = CliRunner().invoke(app, given).exception
    assert isinstance(failed, EvaluationError)
    assert "nowhere.jsonl is no file (write one question a line" in str(failed)


def test_the_owners_questions_calibrate_the_packs_model(folder: Path) -> None:
    given = ["sufficiency", "--assistant", str(folder), "--write", "--json"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["models"]["en-words"]
    assert told["calibrated"]["asked"] == 3 * len(PLANTS)
    assert told["calibrated"]["error"] <= told["before"]["error"]

    pack = loader.load(folder)
    own, before = pack.sufficiency.fitted("en-words"), loader.load("medical").sufficiency
    assert own.weights == before.fitted("en-words").weights
    assert (own.scale, own.shift) != (1.0, 0.0)
    assert own.threshold == told["threshold"]
    assert pack.sufficiency.fitted("zh-words") == before.fitted("zh-words")

    written = folder / "sufficiency.yaml"
    written.write_text("risk: 0.3\n" + written.read_text("utf-8"), encoding="utf-8")
    chosen = loader.load(folder).sufficiency.model("en", vectors=False)
    assert chosen.threshold == own.within(0.3).threshold


def test_without_json_a_line_a_model_says_what_calibration_does(folder: Path) -> None:
    result = CliRunner().invoke(app, ["sufficiency", "--assistant", str(folder)])
    assert result.exit_code == 0, result.output
    assert "en-words: 54 cases of the owner's questions" in result.stdout
    assert "--write keeps it" in result.stdout


def test_questions_that_cannot_calibrate_are_said_to(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "eval" / "questions.jsonl").read_text("utf-8").splitlines()
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(lines[:4]), encoding="utf-8")
    given = ["sufficiency", str(few), "--assistant", str(folder)]
    failed = CliRunner().invoke(app, given).exception
    assert "4 questions for en-words are too few" in str(failed)
    few.write_text('{"id": "a", "question": "Who?"}', encoding="utf-8")
    failed = CliRunner().invoke(app, given).exception
    assert isinstance(failed, PackError)
    assert "few.jsonl:1" in str(failed)
    row = {"id": "a", "question": "Who?", "language": "en", "expect": "escalated"}
    few.write_text(json.dumps(row), encoding="utf-8")
    failed = CliRunner().invoke(app, given).exception
    assert "no question says which words answer it" in str(failed)
