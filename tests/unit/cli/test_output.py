"""Errors and results as the terminal gets them."""

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from domainkit.cli import main, output
from domainkit.errors import DomainkitError, GateFailed, PackError, StaleIndex
from domainkit.types import Span


def test_an_error_is_one_line_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    message = "a [b]c[/b].yaml:key: it says :smile: \x1b[31m" + " and more" * 40

    with pytest.raises(SystemExit) as left:
        output.fail(PackError(message, hint="domainkit pack check [.]"))

    captured = capsys.readouterr()
    shown = message.replace("\x1b", "")
    assert captured.err == f"error: {shown} (domainkit pack check [.])\n"
    assert captured.out == ""
    assert left.value.code == 3


def test_an_error_takes_the_code_of_its_nearest_kind() -> None:
    class Fresh(StaleIndex):
        """A plugin's own."""

    assert output.exit_code(GateFailed("x")) == 10
    assert output.exit_code(Fresh("x")) == output.exit_code(StaleIndex("x")) == 5
    assert output.exit_code(DomainkitError("x")) == 1


def test_the_root_turns_errors_into_lines_and_leaves_faults_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["domainkit", "ask", "q"])
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1

    monkeypatch.setattr(main, "app", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main.main()


def test_json_holds_dataclasses_dates_and_paths(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"span": Span(1, 2), "day": date(2024, 2, 29), "path": Path("a/第一条")})

    shown = capsys.readouterr().out
    assert json.loads(shown) == {
        "span": {"start": 1, "end": 2},
        "day": "2024-02-29",
        "path": "a/第一条",
    }
    assert "第一条" in shown


def test_json_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(TypeError, match="not JSON: set"):
        output.print_json({"a": {1}})
