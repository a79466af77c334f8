"""What a new user types, and what they see."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domainkit.cli.main import app

EXAMPLES = Path(__file__).parents[2] / "examples" / "medical"
DOSE = "How many grams of paracetamol may an adult take in 24 hours?"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The error, checked to be one line and no traceback."""
        assert "Traceback" not in self.err
        errors = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, self.err
        assert self.err.splitlines()[-1] == errors[0]
        return errors[0]


Run = Callable[..., Ran]


def run_within(*arguments: str, cwd: Path, **environment: str) -> None:
    """Run a command that succeeds within this process, to have what it makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        for name, value in {"DOMAINKIT_TIER": "extractive", **environment}.items():
            patch.setenv(name, value)
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def run_alone(*arguments: str, cwd: Path, **environment: str) -> Ran:
    """Run the command line in a process of its own, as a person does."""
    done = subprocess.run(
        [sys.executable, "-m", "domainkit", *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "DOMAINKIT_TIER": "extractive", **environment},
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
