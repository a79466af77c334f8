from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]


def test_langchain_s_own_tests_of_a_retriever_pass() -> None:
    """In a process of their own, with the one plugin that they need: for coroutines."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_asyncio.plugin"]
    command += ["-c", os.devnull, "--rootdir", str(TESTS), "-o", "asyncio_mode=auto"]
    command += ["-p", "no:cacheprovider", str(TESTS / "langchain_standard.py")]
    run = subprocess.run(
        command,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "5 passed" in run.stdout, run.stdout
