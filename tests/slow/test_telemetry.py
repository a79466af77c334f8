"""No library reaches out: each runs in a process of its own with the network watched.

What "watched" means stands in ``telemetry_probe.py``. The three controls at the end show that the
probe sees a library that sends, and native code that opens a socket.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from domainkit.errors import ModelError
from domainkit.models import cache

PROBE = Path(__file__).with_name("telemetry_probe.py")
pytestmark = pytest.mark.slow

Probed = tuple[int, list[str], str]


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a probe in an empty home; return its exit code, the attempts and what it printed."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for variable in ("CI", "TF_BUILD", "JENKINS_URL", "DO_NOT_TRACK", "SCARF_NO_ANALYTICS"):
        monkeypatch.delenv(variable, raising=False)  # some senders hold their tongue in CI

    def run(*arguments: str) -> Probed:
        log = tmp_path / "attempts"
        log.touch()
        done = subprocess.run(
            [sys.executable, "-P", str(PROBE), str(log), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        attempts = [": ".join(json.loads(line)) for line in log.read_text().splitlines()]
        return done.returncode, attempts, done.stdout + done.stderr

    run.home = home
    return run


@pytest.fixture(scope="module")
def embedded() -> Path:
    """The embedded model, looked up before the home is another."""
    try:
        return cache.path("smollm2-135m-instruct")
    except ModelError as absent:
        pytest.skip(str(absent))


@pytest.mark.parametrize(
    "libraries",
    [
        "chromadb,langchain,others",
        # Beside each other, for to import torch takes longest.
        "openvino,openvino_genai,transformers,peft,sentence_transformers",
        "unstructured",
    ],
)
def test_a_library_reaches_nobody(probe, libraries: str) -> None:
    code, attempts, printed = probe(libraries)
    assert attempts == []
    assert code == 0, printed
    assert not (probe.home / "intel").exists()  # where OpenVINO keeps a client's id


@pytest.mark.models
def test_the_embedded_model_answers_without_reaching_anybody(embedded: Path, probe) -> None:
    code, attempts, printed = probe("openvino_genai", str(embedded))
    assert attempts == []
    assert code == 0, printed
    assert not (probe.home / "intel").exists()


@pytest.mark.parametrize(
    ("library", "host"),
    [("unstructured", "unstructured.io"), ("openvino", "google-analytics.com")],
)
def test_the_probe_sees_a_library_that_sends(probe, library: str, host: str) -> None:
    _, attempts, _ = probe(library, "--loud")
    assert any(host in attempt for attempt in attempts)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filter is Linux's")
def test_the_probe_sees_native_code_open_a_socket(probe) -> None:
    code, attempts, _ = probe("native")
    assert (code, attempts) == (-signal.SIGSYS, [])
