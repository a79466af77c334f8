"""``domainkit serve``: where it listens, what it refuses to, how it starts and stops."""

import re
import signal
import socket
import sys
import textwrap
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_assistant import FakeAssistant
from live_server import Served, started
from typer.testing import CliRunner

from domainkit.cli import serve as command
from domainkit.cli.main import app
from domainkit.cli.output import exit_code
from domainkit.errors import IndexNotFound, MissingExtra, ServerError
from domainkit.settings import ServerSettings

TESTS = Path(__file__).parents[2]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    (tmp_path / "domainkit.toml").touch()
    monkeypatch.chdir(tmp_path)
    assistant = FakeAssistant(folder=tmp_path)

    class Opening:
        @staticmethod
        def open(folder: Path, *, overrides: dict[str, Any]) -> FakeAssistant:
            flags = {key.partition(".")[2]: value for key, value in overrides.items()}
            assistant.server = ServerSettings(**{k: v for k, v in flags.items() if v is not None})
            return assistant

    monkeypatch.setattr(command, "Assistant", Opening)
    return assistant


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["serve", *arguments])


def test_a_port_in_use_is_named_with_the_next_command(opened: FakeAssistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = run("--port", str(port)).exception

    assert isinstance(error, ServerError)
    assert exit_code(error) == 12
    assert str(error).startswith(f"port {port} on 127.0.0.1 is in use by another program (")
    assert "domainkit serve --port" in error.hint
    assert not opened.warmed  # no model was loaded for nothing
    assert opened.closed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "clinic.example"])  # noqa: S104
def test_an_address_others_reach_needs_a_flag_and_says_why(
    opened: FakeAssistant, host: str
) -> None:
    error = run("--host", host).exception

    assert isinstance(error, ServerError)
    assert "there is no authentication yet" in error.message
    assert f"--host {host} --allow-anyone" in error.hint
    assert not opened.warmed


def test_an_address_of_another_machine_is_an_error_of_one_line(opened: FakeAssistant) -> None:
    error = run("--host", "192.0.2.7", "--allow-anyone", "--port", "0").exception

    assert isinstance(error, ServerError)
    assert error.message.startswith("cannot listen on 192.0.2.7, port 0: ")


def test_nothing_ingested_is_told_before_it_listens(opened: FakeAssistant) -> None:
    opened.error = IndexNotFound("nothing ingested yet", hint="domainkit ingest documents")

    result = run("--port", "0")

    assert result.exception is opened.error
    assert "listening" not in result.stderr


def test_a_missing_library_names_its_extra(
    opened: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    error = run("--port", "0").exception

    assert isinstance(error, MissingExtra)
    assert "domainkit[serve]" in error.hint


PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from fake_assistant import FakeAssistant
    from domainkit.cli import serve
    from domainkit.cli.main import main
    from domainkit.settings import ServerSettings

    assistant = FakeAssistant(endless="endless" in sys.argv[1], pieces=())

    class Opening:
        @staticmethod
        def open(folder, *, overrides):
            assistant.server = ServerSettings(port=overrides["server.port"])
            return assistant

    serve.Assistant = Opening
    sys.argv[1:2] = ["serve", "--port", "0"]
    main()
    """
)


def serving(folder: Path, kind: str = "", *arguments: str) -> AbstractContextManager[Served]:
    """Run the command in a process of its own."""
    (folder / "domainkit.toml").touch()
    return started(
        [sys.executable, "-c", PROGRAM, kind, *arguments], folder, PYTHONPATH=str(TESTS)
    )


def test_it_takes_a_free_port_answers_and_stops_cleanly(tmp_path: Path) -> None:
    """And the curl that it prints is one that works."""
    with serving(tmp_path) as server:
        line = server.log.read_text().splitlines()[-1]
        command = re.fullmatch(r"try: curl -s (\S+) -H '(.+): (.+)' -d '(.*)'", line)
        assert command
        address, header, value, body = command.groups()
        as_printed = httpx.post(address, content=body, headers={header: value})
        asked = {"question": "my private illness"}
        response = httpx.post(f"{server.address}/v1/ask", json=asked)
        said = server.stop()

    assert as_printed.status_code == 200
    assert response.json()["status"] == "answered"
    assert server.process.returncode == 0
    assert said.endswith("stopped\n")
    assert "private" not in said
    assert "POST" not in said


def test_the_access_log_has_addresses_not_questions(tmp_path: Path) -> None:
    with serving(tmp_path, "", "--access-log") as server:
        httpx.post(f"{server.address}/v1/ask", json={"question": "my private illness"})
        said = server.stop(signal.SIGINT)

    assert '"POST /v1/ask HTTP/1.1" 200' in said
    assert "private" not in said
    assert server.process.returncode == 0


def test_it_stops_at_once_when_told_twice_though_an_answer_has_no_end(tmp_path: Path) -> None:
    body = {"question": "Tell me everything", "stream": True}

    with (
        serving(tmp_path, "endless") as server,
        httpx.stream("POST", f"{server.address}/v1/ask", json=body, timeout=20) as reply,
    ):
        pieces = reply.iter_bytes()
        next(pieces)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert server.process.poll() is None
        server.stop(signal.SIGINT)

    assert server.process.returncode == 0
