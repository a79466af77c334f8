"""A new user's machine: the command line from nothing, on the tier that needs no models."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from newcomer import EXAMPLES, Ran, Run, run_within

from domainkit.cli import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line within this process, which is quicker and otherwise the same."""
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["domainkit", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main.main()
        captured = capsys.readouterr()
        return Ran(int(left.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant that has read the demo's documents. Not to be changed: see ``clinic``."""
    base = tmp_path_factory.mktemp("base")
    run_within("new", "clinic", "--domain", "medical", cwd=base)
    run_within("ingest", str(EXAMPLES), cwd=base / "clinic")
    return base / "clinic"


@pytest.fixture
def clinic(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that assistant, to work in."""
    folder = tmp_path / "clinic"
    shutil.copytree(ingested, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """An assistant that has read nothing yet."""
    monkeypatch.chdir(tmp_path)
    assert run("new", "clinic", "--domain", "medical").code == 0
    monkeypatch.chdir(tmp_path / "clinic")
    return tmp_path / "clinic"
