"""A folder is followed: every change is a line, and Ctrl-C ends it cleanly."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from newcomer import Run

SECONDS = 60


class Watching:
    """A ``domainkit watch`` in a process of its own, and the lines it has printed."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "domainkit", "watch", "--json"],
            cwd=folder,
            env={**os.environ, "DOMAINKIT_TIER": "extractive"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As a shell starts what it runs in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()

    def _read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                self._lines.put(line)

    def line(self) -> str:
        return self._lines.get(timeout=SECONDS)

    def change(self) -> tuple[str, str, str]:
        said = json.loads(self.line())
        assert said["time"]
        return said["outcome"], said["path"], said["was"] or ""


@pytest.fixture
def watching(clinic: Path) -> Iterator[Watching]:
    made = Watching(clinic)
    yield made
    made.end()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of a child needs a console there")
def test_every_change_is_a_line_until_ctrl_c(clinic: Path, watching: Watching, run: Run) -> None:
    assert watching.line().startswith("Watching")
    hours = clinic / "documents" / "hours.md"
    hours.write_text("# Hours\n\nThe clinic opens at 7:45 on Mondays.\n", "utf-8")
    assert watching.change() == ("read", "documents/hours.md", "")

    asked = run("ask", "When does the clinic open on Mondays?", "--json")
    assert "7:45" in json.loads(asked.out)["text"]

    hours.rename(hours.with_name("opening.md"))
    assert watching.change() == ("read", "documents/opening.md", "documents/hours.md")
    hours.with_name(".hidden").write_text("no document", "utf-8")
    hours.with_name("empty.txt").touch()
    assert watching.change()[:2] == ("refused", "documents/empty.txt")
    shutil.move(clinic / "documents" / "opening.md", clinic / "elsewhere.md")
    assert watching.change()[:2] == ("removed", "documents/opening.md")

    watching.process.send_signal(signal.SIGINT)
    assert watching.line().startswith("Stopped")
    assert watching.process.wait(timeout=SECONDS) == 0
    assert watching._lines.empty()


def test_a_file_is_no_folder_to_watch(clinic: Path, run: Run) -> None:
    ran = run("watch", "domain.yaml")
    assert ran.code == 4
    assert "only folders are watched" in ran.line
