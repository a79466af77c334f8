"""docs/write-a-pack.md does what it says: every file is written, every command run, in order."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domainkit.cli import main
from domainkit.packs import catalog, signing, trust

PAGE = Path(__file__).parents[2] / "docs" / "write-a-pack.md"
FILE = re.compile(
    r"<!-- file: (?P<path>\S+) -->\n```\w*\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
EDIT = re.compile(r"<!-- edit: (?P<path>\S+): (?P<old>.+?) -> (?P<new>.+?) -->")
COMMANDS = re.compile(
    r"^```sh\n(?P<run>.*?)^```$(?:\n```text\n(?P<shown>.*?)^```$)?", re.DOTALL | re.MULTILINE
)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the empty folder of a reader who never had a pack, a key or a model."""
    config = tmp_path / "config" / "domainkit"
    monkeypatch.setenv("DOMAINKIT_PACKS", str(tmp_path / "packs"))
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    # Whatever another test has made of the terminal.
    monkeypatch.setattr("domainkit.cli.output.out._width", 200)
    for module in (signing, trust):
        monkeypatch.setattr(module.platformdirs, "user_config_path", lambda _: config)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def steps(page: str) -> Iterator[re.Match[str]]:
    found = [match for kind in (FILE, EDIT, COMMANDS) for match in kind.finditer(page)]
    inside = [(m.start(), m.end()) for m in found if m.re is FILE]
    return iter(
        sorted(
            (m for m in found if m.re is FILE or not any(a < m.start() < b for a, b in inside)),
            key=lambda match: match.start(),
        )
    )


def run(line: str, folder: Path) -> tuple[Path, str]:
    """Run one line of the page; return the folder it leaves and what it printed."""
    program, *arguments = shlex.split(line)
    if program == "cd":
        return (folder / arguments[0]).resolve(), ""
    if program == "mkdir":
        (folder / arguments[0]).mkdir()
        return folder, ""
    assert program == "domainkit", line
    result = CliRunner().invoke(main.app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, f"{line}\n{result.output}"
    return folder, result.output


def test_the_page_makes_a_pack_and_an_assistant_that_cites_it(
    reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = reader
    for step in steps(PAGE.read_text(encoding="utf-8")):
        if step.re is FILE:
            path = reader / step["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["text"], encoding="utf-8")
        elif step.re is EDIT:
            path = reader / step["path"]
            text = path.read_text(encoding="utf-8")
            assert step["old"] in text, step[0]
            path.write_text(text.replace(step["old"], step["new"]), encoding="utf-8")
        else:
            printed = ""
            for line in step["run"].strip().splitlines():
                folder, output = run(line, folder)
                monkeypatch.chdir(folder)
                printed += output
            for line in (step["shown"] or "").strip().splitlines():
                assert line.strip() in printed, f"'{line}' is not in:\n{printed}"

    project = tomllib.loads((reader / "tax-package" / "pyproject.toml").read_text())
    assert list(project["project"]["entry-points"]) == [catalog.GROUP]
