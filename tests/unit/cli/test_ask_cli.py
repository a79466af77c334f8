"""``domainkit ask``: what reaches the assistant, what is printed, which exit code."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fake_assistant import FakeAssistant, answered, outcome
from typer.testing import CliRunner

from domainkit.assistant import project
from domainkit.cli import ask as command
from domainkit.cli.main import app
from domainkit.errors import GenerationError, PackError, QuestionError
from domainkit.types import Question


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    """An assistant in the working folder, whatever opens it."""
    (tmp_path / "domainkit.toml").touch()
    monkeypatch.chdir(tmp_path)
    assistant = FakeAssistant(folder=tmp_path)

    class Opening:
        @staticmethod
        def open(folder: Path, *, overrides: dict[str, Any]) -> FakeAssistant:
            assert folder == tmp_path
            assistant.overrides = overrides
            return assistant

    monkeypatch.setattr(command, "Assistant", Opening)
    return assistant


def run(*arguments: str, given: str | bytes | None = None) -> Any:
    return CliRunner().invoke(app, ["ask", *arguments], input=given)


def test_json_is_the_projection_and_nothing_else(opened: FakeAssistant) -> None:
    result = run("How many?", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == project(answered(Question("How many?")))
    assert opened.closed


@pytest.mark.parametrize("status", ["insufficient", "clarify", "refused", "escalated"])
@pytest.mark.parametrize("option", ["--json", "--stream", None])
def test_an_answer_is_an_answer_and_leaves_with_0(
    opened: FakeAssistant, status: str, option: str | None
) -> None:
    opened.turn, opened.pieces = outcome(status), ()

    result = run("How many?", *([option] if option else []))

    assert result.exit_code == 0
    assert f"This is {status}." in result.stdout


def test_every_option_reaches_the_assistant(opened: FakeAssistant) -> None:
    options = ["-k", "3", "--adapter", "v2", "--as-of", "2024-02-29", "--jurisdiction", "CN"]

    run("How many?", *options, "--engine", "extractive")

    asked = Question("How many?", as_of=date(2024, 2, 29), jurisdiction="CN")
    assert opened.asked == [(asked, 3, "v2")]
    assert opened.overrides == {"generation.engine": "extractive"}


def test_a_stream_is_followed(opened: FakeAssistant) -> None:
    result = run("How many?", "--stream")

    assert result.stdout.startswith("Take one tablet. [1] Not more than four a day. [1]")
    assert "[1] “Take one tablet.”" in result.stdout


def test_a_dash_reads_the_question_from_standard_input(opened: FakeAssistant) -> None:
    run("-", given="多少？\n")

    assert opened.asked[0][0].text == "多少？\n"


def test_standard_input_that_is_no_text_is_refused(opened: FakeAssistant) -> None:
    result = run("-", given=b"%PDF-1.7 \xff\xfe")

    assert isinstance(result.exception, QuestionError)
    assert "byte 9 is not UTF-8" in str(result.exception)
    assert not opened.asked


@pytest.mark.parametrize(
    "arguments",
    [
        ["q", "--json", "--stream"],
        ["q", "-k", "0"],
        ["q", "-k", "51"],
        ["q", "--as-of", "29.2.2024"],
        ["q", "--as-of", "2023-02-29"],
        ["q", "--colour"],
        [],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_leaves_with_2(opened: FakeAssistant, arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert not opened.asked


def test_an_error_is_left_to_the_root_and_the_assistant_is_closed(opened: FakeAssistant) -> None:
    opened.error = GenerationError("out of memory")

    result = run("How many?")

    assert result.exception is opened.error
    assert opened.closed


def test_outside_any_assistant_the_next_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    error = run("How many?").exception

    assert isinstance(error, PackError)
    assert "domainkit new" in str(error)
    assert str(tmp_path) in str(error)


def test_a_named_folder_is_used(opened: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = opened.folder
    monkeypatch.chdir("/")

    assert run("How many?", "--assistant", str(folder)).exit_code == 0


def test_a_named_folder_that_is_missing_is_not_another_one(opened: FakeAssistant) -> None:
    result = run("How many?", "--assistant", "clinci")

    assert isinstance(result.exception, PackError)
    assert "clinci" in str(result.exception)
    assert not opened.asked
