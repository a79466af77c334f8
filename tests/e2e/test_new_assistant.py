"""What ``domainkit new`` writes works: its tests pass, its workflow and its image are sound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from domainkit.packs import scaffold

ROOT = Path(__file__).parents[2]
NOTE = """# Leave

## How many days of leave are there in a year?

Each employee has 25 days of leave in a year of work.

## Who approves leave?

The head of the department approves leave in writing.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("new")
    choices = scaffold.Choices(knowledge=False)
    planned = scaffold.plan("office", domain="legal", base=base, choices=choices)
    scaffold.write(planned)
    (planned.folder / "documents" / "leave.md").write_text(NOTE, encoding="utf-8")
    return planned.folder


def test_its_own_tests_tell_what_is_wrong_and_change_nothing(folder: Path) -> None:
    """One run: an empty document fails the test of documents, the three others pass."""
    (folder / "documents" / "empty.md").touch()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=folder,
        # Without the plugins that domainkit's own tests bring: to import them takes as long.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 3 passed" in done.stdout, done.stdout
    assert "documents/empty.md" in done.stdout
    assert not (folder / ".domainkit").exists()


def test_its_workflow_runs_its_tests_and_its_gates(folder: Path) -> None:
    workflow = yaml.safe_load((folder / ".github/workflows/check.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    run = [step["run"] for step in job["steps"] if "run" in step]
    assert run[1:] == [
        "domainkit pack check .", "pytest tests", "domainkit ingest", "domainkit eval run",
    ]  # fmt: skip
    assert run[0] == 'pip install "$DOMAINKIT" pytest'
    assert workflow["env"]["DOMAINKIT_TIER"] == "extractive"
    assert workflow["permissions"] == {"contents": "read"}


def test_its_image_holds_no_secret_and_runs_as_nobody(folder: Path) -> None:
    """Read, not built: where this runs there may be no docker."""
    text = (folder / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    steps = [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]
    known = {"FROM", "ARG", "RUN", "ENV", "WORKDIR", "COPY", "VOLUME", "USER", "CMD"}
    assert {name for name, _ in steps} == known
    names = [name for name, _ in steps]
    assert names[0] == "FROM"
    assert names.index("USER") > max(n for n, name in enumerate(names) if name in {"RUN", "COPY"})
    assert dict(steps)["USER"].isdigit()
    assert dict(steps)["USER"] != "0"
    assert "serve --host 127.0.0.1" in dict(steps)["CMD"]
    given = " ".join(value for name, value in steps if name in {"ARG", "ENV"})
    assert not re.search(r"(?i)key|token|secret|password", given)
    ignored = (folder / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert not {"!documents", "!.domainkit", "!.env", "!eval", "!train"} & set(ignored)
