"""The wizard, at a terminal of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from domainkit import settings
from domainkit.cli import new_wizard
from domainkit.cli.new_answers import Answers
from domainkit.packs import lint, loader


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """Have the wizard read ``lines``; return the list that its prompts are added to."""
    left, prompts = list(lines), list[str]()

    def read(prompt: str) -> str:
        prompts.append(prompt)
        if not left:
            raise EOFError
        return left.pop(0)

    monkeypatch.setattr(new_wizard.err, "input", read)
    monkeypatch.setattr(new_wizard.loader, "usable", list)  # their titles take a second to read
    return prompts


def test_empty_answers_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, *[""] * 20)
    answers = new_wizard.asked(Answers(), suggested={})
    assert answers == Answers(
        name="medical-assistant",
        domain="medical",
        language="en",
        jurisdictions=(),
        audience="",
        tier="embedded",
        engine="auto",
        knowledge=True,
        folder=Path("medical-assistant"),
    )


def test_what_a_flag_decided_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Answers(
        name="x", domain="legal", language="zh", jurisdictions=(), audience="judges",
        tier="extractive", documents=Path(), copy=False, knowledge=True, folder=Path("y"),
    )  # fmt: skip
    assert typed(monkeypatch) == []
    assert new_wizard.asked(given, suggested={}) == given


def test_an_answer_that_cannot_be_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(
        monkeypatch, "legl", "legal", "My Firm", "firm", "fr", "zh", "CN HK", "", "best", "gpu",
        "magic", "chat", "there", "https://there/v1", "", "own", "/nowhere", "", "maybe", "n", "",
    )  # fmt: skip
    answers = new_wizard.asked(Answers(), suggested={})
    assert (answers.domain, answers.name, answers.language) == ("legal", "firm", "zh")
    assert (answers.tier, answers.engine, answers.url) == ("gpu", "chat", "https://there/v1")
    assert (answers.model, answers.documents, answers.knowledge) == ("own", None, False)
    assert answers.jurisdictions == ("CN", "HK")
    said = capsys.readouterr().err
    for fault in (
        "'legl'",
        "My Firm",
        "'fr' is none",
        "'best'",
        "'magic'",
        "no address",
        "'maybe'",
    ):
        assert fault in said


def test_what_was_found_out_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, *[""] * 20)
    answers = new_wizard.asked(Answers(), suggested={"domain": "legal", "language": "zh"})
    assert (answers.domain, answers.language) == ("legal", "zh")


def test_the_end_of_the_input_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "legal")
    with pytest.raises(typer.Abort):
        new_wizard.asked(Answers(), suggested={})


def test_at_a_terminal_it_asks_and_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "domainkit", "new", "office", "--tier", "extractive"]
    inner, outer = pty.openpty()
    answers = b"legal\n" + b"\n" * 2 + b"patent agents\n" + b"\n" * 4
    os.write(inner, answers)
    done = subprocess.run(
        command, cwd=tmp_path, stdin=outer, stdout=subprocess.PIPE, stderr=outer, check=False
    )
    os.close(outer)
    said = os.read(inner, 65536).decode()
    os.close(inner)
    assert done.returncode == 0, said
    assert "What is it about?" in said
    assert "What is it called?" not in said
    pack = loader.load(tmp_path / "office")
    assert (pack.manifest.extends, pack.manifest.scope.audience) == ("legal", "patent agents")
    assert settings.load(tmp_path / "office", environ={}).tier == "extractive"
    assert lint.check(tmp_path / "office") == []
