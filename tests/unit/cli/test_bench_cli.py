"""``domainkit bench retrieval``: results on stdout, progress on stderr, errors in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from small_benchmark import write
from typer.testing import CliRunner

from domainkit.cli import main
from domainkit.cli.bench import app


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(write(tmp_path / "small"))


def test_json_is_all_that_stands_on_stdout(folder: str) -> None:
    result = CliRunner().invoke(app, ["retrieval", folder, "--embedder", "hash", "--json"])
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    assert (shown["name"], shown["docs"], shown["queries"]) == ("small", 3, 2)
    assert shown["embedder"] == "hash-64"
    assert 0 <= shown["ndcg@10"] <= 1


def test_without_json_a_table_names_every_value(folder: str) -> None:
    result = CliRunner().invoke(app, ["retrieval", folder, "--mode", "lexical"])
    assert result.exit_code == 0, result.stderr
    lines = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines() if line.strip())
    assert lines["ndcg@10"] == "1.0"
    assert lines["embedder"] == "-"
    assert lines["settings mode"] == "lexical"
    assert "query_ms p95" in lines


def test_a_mode_nobody_knows_is_refused(folder: str) -> None:
    result = CliRunner().invoke(app, ["retrieval", folder, "--mode", "magic"])
    assert result.exit_code == 2
    assert "magic" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["retrieval", "nowhere"], 9, "nowhere is no benchmark: it lacks corpus.jsonl"),
        (["retrieval", "FOLDER", "--domain", "medicl"], 3, "medical"),
        (["retrieval", "FOLDER", "--embedder", "all-minilm"], 3, "all-minilm-l6-v2"),
    ],
)
def test_an_error_is_one_line_with_its_exit_code(
    folder: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    given = [folder if argument == "FOLDER" else argument for argument in arguments]
    monkeypatch.setattr(sys, "argv", ["domainkit", "bench", *given])
    with pytest.raises(SystemExit) as left:
        main.main()
    shown = capsys.readouterr()
    assert left.value.code == code, shown.err
    assert shown.out == ""
    assert said in shown.err
    assert len(shown.err.strip().splitlines()) == 1
