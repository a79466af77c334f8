from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domainkit.cli.new import app
from domainkit.errors import PackError
from domainkit.packs import loader


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_writes_an_assistant_and_says_what_comes_next(tmp_path: Path) -> None:
    shown = run("my-firm", "--domain", "legal")
    assert loader.load(tmp_path / "my-firm").manifest.extends == "legal"
    assert "Wrote 7 files to my-firm:" in shown
    assert "  domainkit.toml\n" in shown
    assert shown.rstrip().endswith(
        '  cd my-firm\n  domainkit ingest\n  domainkit ask "your question"'
    )


def test_a_dry_run_lists_and_writes_nothing(tmp_path: Path) -> None:
    shown = run("--domain", "medical", "--dry-run")
    assert "Would write 7 files to medical-assistant:" in shown
    assert "cd " not in shown
    assert list(tmp_path.iterdir()) == []


def test_json_says_the_same(tmp_path: Path) -> None:
    told = json.loads(
        run("x", "--domain", "medical", "--lang", "zh", "--dir", "deep/er", "--json")
    )
    assert told["folder"] == str(tmp_path / "deep" / "er")
    assert (told["name"], told["domain"], told["written"]) == ("x", "medical", True)
    assert "domain.yaml" in told["files"]
    assert loader.load(tmp_path / "deep" / "er").manifest.languages[0] == "zh"


def test_a_second_time_is_refused() -> None:
    run("x", "--domain", "medical")
    with pytest.raises(PackError, match="is not empty; nothing was written"):
        CliRunner().invoke(app, ["x", "--domain", "medical"], catch_exceptions=False)


def test_the_domain_must_be_given() -> None:
    result = CliRunner().invoke(app, ["x"])
    assert result.exit_code == 2
    assert "--domain" in result.stderr
