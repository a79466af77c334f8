"""An ingest that is killed leaves whole files, and the next one does the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from newcomer import Run

from domainkit.errors import DomainkitError
from domainkit.store import Store

FILES = 120


def passages(store: Path) -> dict[str, int]:
    """Return how many passages each file has."""
    with closing(Store.open(store)) as opened:
        return {file.path: file.passages for file in opened.files()}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_a_killed_ingest_is_finished_by_the_next(
    empty: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"DOMAINKIT_TIER": "embedded", "DOMAINKIT_RETRIEVAL__EMBEDDER": "hash"}
    for number in range(FILES):
        parts = [f"## Part {n}\n\nItem {number} of part {n} is kept dry.\n" for n in range(5)]
        (empty / "documents" / f"{number}.md").write_text("\n".join(parts), "utf-8")
    command = [sys.executable, "-m", "domainkit", "ingest", "documents"]
    store = empty / ".domainkit" / "store.sqlite"
    with subprocess.Popen(
        command,
        cwd=empty,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and not _begun(store):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    held = passages(store)
    assert 0 < len(held) < FILES
    with closing(Store.open(store)) as opened:
        assert opened.counts().passages == 5 * len(held)

    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert run("ingest", "documents").code == 0
    assert len(passages(store)) == FILES
    assert run("doctor", "--every").code == 0


def _begun(store: Path) -> bool:
    try:
        return len(passages(store)) > 5
    except DomainkitError:
        return False
