"""Bad input, as a new user would try it.

Each case gives one line that names the thing, the place and the next command, leaves with a
fitting exit code, shows no traceback and loses nothing: what was ingested still answers.
"""

import io
import json
import re
import shutil
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_server import listening
from newcomer import DOSE, Ran, Run, run_alone

from domainkit import registry
from domainkit.assistant import Assistant
from domainkit.cli.output import EXIT_CODES
from domainkit.errors import (
    IngestionError,
    PackError,
    QuestionError,
    ServerError,
    SettingsError,
    StoreError,
    UnknownComponent,
)
from domainkit.ingestion.readers.markdown import MarkdownReader
from domainkit.server.app import create_app
from domainkit.testing import HashEmbedder

HERE = Path(__file__).parent


@pytest.fixture
def still_answers(run: Run) -> Iterator[None]:
    """Check, once the test is over, that what was ingested before still answers."""
    yield
    assert answer(run)["status"] == "answered"


def answer(run: Run, question: str = DOSE) -> dict[str, Any]:
    ran = run("ask", question, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def refused(ran: Ran, name: str) -> str:
    """Return why ``name`` was refused, as the report of the ingest has it."""
    assert ran.code == EXIT_CODES[IngestionError], ran.err
    assert "Traceback" not in ran.err
    (found,) = [file for file in json.loads(ran.out)["files"] if Path(file["path"]).name == name]
    assert found["outcome"] == "refused"
    assert found["passages"] == 0
    return str(found["reason"])


def spoiled_files(folder: Path) -> dict[str, str]:
    """Write files that cannot be read into ``folder``; return the reason for each."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("a.txt", "Not a PDF.")
    (folder / "renamed.pdf").write_bytes(archive.getvalue())
    shutil.copy(HERE / "locked.pdf", folder / "locked.pdf")
    (folder / "nothing.txt").touch()
    (folder / "nothing.pdf").touch()
    (folder / "gone.md").symlink_to(folder / "never-there.md")
    return {
        "renamed.pdf": "it is a zip archive",
        "locked.pdf": "the PDF is encrypted",
        "nothing.txt": "the file is empty",
        "nothing.pdf": "the file is empty",
        "gone.md": "the link points to nothing",
    }


@pytest.mark.usefixtures("still_answers")
def test_files_that_cannot_be_read_are_each_reported_and_stop_no_other(
    clinic: Path, run: Run
) -> None:
    reasons = spoiled_files(clinic / "documents")
    (clinic / "documents" / "good.md").write_text(
        "# Hours\n\nThe clinic opens at 7:45 on Mondays.\n"
    )

    ran = run("ingest", "documents", "--json")

    for name, reason in reasons.items():
        assert reason in refused(ran, name), name
    assert "7:45" in answer(run, "When does the clinic open on Mondays?")["text"]


def report_line(ran: Ran, place: str) -> str:
    """Return the one line about a refused ``place`` in the report that people read."""
    assert ran.code == EXIT_CODES[IngestionError]
    assert not ran.err
    (line,) = [line for line in ran.out.splitlines() if place in line]
    assert line.startswith("refused ")
    assert line.endswith(")"), "there is nothing to do next"
    return line


def test_the_report_for_people_has_a_line_for_each_and_what_to_do(clinic: Path, run: Run) -> None:
    reasons = spoiled_files(clinic / "documents")

    ran = run("ingest", "documents")

    for name, reason in reasons.items():
        assert f"documents/{name}  {reason}" in report_line(ran, name)


@pytest.mark.usefixtures("still_answers")
def test_an_empty_folder(clinic: Path, run: Run) -> None:
    (clinic / "documents" / "later").mkdir()

    ran = run("ingest", "documents/later")

    assert "domainkit ingest documents/later" in report_line(ran, "documents/later")


@pytest.mark.usefixtures("still_answers")
def test_a_missing_path(clinic: Path, run: Run) -> None:
    ran = run("ingest", "documents/leafets")

    line = report_line(ran, "documents/leafets")
    assert "there is no such file or folder" in line
    assert "domainkit ingest" in line


@pytest.mark.usefixtures("still_answers")
def test_the_first_bad_file_is_an_error_when_asked_for(clinic: Path, run: Run) -> None:
    spoiled_files(clinic / "documents")

    ran = run("ingest", "documents", "--strict")

    assert ran.code == EXIT_CODES[IngestionError]
    assert "documents/gone.md: the link points to nothing" in ran.line


def test_a_file_that_vanishes_while_others_are_read(
    clinic: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (clinic / "documents" / name for name in ("a.md", "b.md"))
    first.write_text("# Hours\n\nThe clinic opens at 7:45 on Mondays.\n")
    second.write_text("# Parking\n\nThere are four places behind the clinic.\n")
    read = MarkdownReader.read

    def reading(reader: MarkdownReader, path: Path) -> Any:
        second.unlink(missing_ok=True)
        return read(reader, path)

    monkeypatch.setattr(MarkdownReader, "read", reading)
    ran = run("ingest", "documents", "--json")

    assert "vanished" in refused(ran, "b.md")
    assert "7:45" in answer(run, "When does the clinic open on Mondays?")["text"]


class OtherEmbedder(HashEmbedder):
    """Another model, as far as an index can tell."""

    def __init__(self) -> None:
        super().__init__(dim=32)


def test_an_index_made_with_another_embedder(
    clinic: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.COMPONENTS["embedders"], "other", f"{__name__}:OtherEmbedder")
    monkeypatch.setenv("DOMAINKIT_TIER", "embedded")
    monkeypatch.setenv("DOMAINKIT_GENERATION__ENGINE", "extractive")
    monkeypatch.setenv("DOMAINKIT_RETRIEVAL__EMBEDDER", "hash")
    made = run("ingest", "--rebuild")
    assert made.code == 0, made.err
    assert answer(run)["status"] == "answered"

    monkeypatch.setenv("DOMAINKIT_RETRIEVAL__EMBEDDER", "other")
    ran = run("ask", DOSE)

    assert ran.code == EXIT_CODES[StoreError]
    assert "hash-64" in ran.line
    assert "hash-32" in ran.line
    assert "domainkit ingest" in ran.line
    monkeypatch.setenv("DOMAINKIT_RETRIEVAL__EMBEDDER", "hash")
    assert answer(run)["status"] == "answered"  # what the other one made is untouched
    monkeypatch.setenv("DOMAINKIT_RETRIEVAL__EMBEDDER", "other")
    command = re.search(r"domainkit (ingest[^),]*)", ran.line)
    assert command
    assert run(*command[1].split()).code == 0  # the next command is the one that helps
    assert answer(run)["status"] == "answered"


def test_a_question_before_any_ingest(empty: Path, run: Run) -> None:
    ran = run("ask", DOSE)

    assert ran.code == EXIT_CODES[StoreError]
    assert "clinic" in ran.line
    assert "domainkit ingest" in ran.line


def test_serving_before_any_ingest(empty: Path, run: Run) -> None:
    ran = run("serve", "--port", "0")

    assert ran.code == EXIT_CODES[StoreError]
    assert "domainkit ingest" in ran.line


@pytest.mark.usefixtures("still_answers")
def test_a_question_of_fifty_thousand_characters(clinic: Path, run: Run) -> None:
    ran = run("ask", "x" * 50_000)

    assert ran.code == EXIT_CODES[QuestionError]
    assert "50,000 characters" in ran.line
    assert "8,000" in ran.line
    assert "domainkit ingest" in ran.line
    assert "xxxx" not in ran.err


def test_an_empty_question(clinic: Path, run: Run) -> None:
    ran = run("ask", "   ")

    assert ran.code == EXIT_CODES[QuestionError]
    assert "empty" in ran.line


def test_an_unknown_key_in_the_manifest(clinic: Path, run: Run) -> None:
    manifest = clinic / "domain.yaml"
    before = manifest.read_text()
    manifest.write_text(before + "\ncolour: blue\n")

    ran = run("ask", DOSE)
    manifest.write_text(before)

    assert ran.code == EXIT_CODES[PackError]
    assert "domain.yaml" in ran.line
    assert "colour" in ran.line
    assert "domainkit pack check" in ran.line
    assert answer(run)["status"] == "answered"


def test_an_unknown_key_in_the_settings(clinic: Path, run: Run) -> None:
    (clinic / "domainkit.toml").write_text("[server]\nprot = 9000\n")

    ran = run("ask", DOSE)

    assert ran.code == EXIT_CODES[SettingsError]
    assert "domainkit.toml" in ran.line
    assert "server.prot" in ran.line


@pytest.mark.usefixtures("still_answers")
def test_a_port_in_use(clinic: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run_alone("serve", "--port", str(port), cwd=clinic)

    assert ran.code == EXIT_CODES[ServerError]
    assert f"port {port}" in ran.line
    assert "domainkit serve --port" in ran.line


def test_outside_any_assistant(tmp_path: Path) -> None:
    ran = run_alone("ask", DOSE, cwd=tmp_path)

    assert ran.code == EXIT_CODES[PackError]
    assert str(tmp_path) in ran.line
    assert "domainkit new" in ran.line


def test_an_unknown_domain(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ran = run("new", "clinic", "--domain", "medicl")

    assert ran.code == EXIT_CODES[PackError]
    assert "medicl" in ran.line
    assert "medical" in ran.line
    assert not list(tmp_path.iterdir())


def test_an_assistant_is_never_overwritten(clinic: Path, run: Run) -> None:
    before = {path: path.read_bytes() for path in clinic.rglob("*") if path.is_file()}

    ran = run("new", "clinic", "--domain", "legal", "--dir", str(clinic))

    assert ran.code == EXIT_CODES[PackError]
    assert str(clinic) in ran.line
    assert {path: path.read_bytes() for path in clinic.rglob("*") if path.is_file()} == before


@pytest.fixture
def client(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    assistant = Assistant.open(clinic)
    with listening(create_app(assistant)) as server, httpx.Client(base_url=server) as client:
        yield client
    assistant.close()


def test_the_same_over_rest(client: httpx.Client) -> None:
    long = client.post("/v1/ask", json={"question": "x" * 50_000})
    blank = client.post("/v1/ask", json={"question": " "})
    good = client.post("/v1/ask", json={"question": DOSE})

    assert (long.status_code, blank.status_code, good.status_code) == (422, 422, 200)
    assert good.json()["status"] == "answered"
    for response in (long, blank):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["hint"]
        assert "xxxx" not in response.text


def test_an_unknown_engine_is_never_ignored(clinic: Path, run: Run) -> None:
    ran = run("ask", DOSE, "--engine", "openvno")

    assert ran.code == EXIT_CODES[UnknownComponent]
    assert "'openvno'" in ran.line
    assert "did you mean openvino?" in ran.line


def test_an_adapter_where_no_model_can_use_one(clinic: Path, run: Run) -> None:
    ran = run("ask", DOSE, "--adapter", "v2")

    assert ran.code in {EXIT_CODES[SettingsError], EXIT_CODES[UnknownComponent]}
    assert "adapter" in ran.line
