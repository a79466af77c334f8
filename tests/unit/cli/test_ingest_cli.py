"""``domainkit ingest`` and ``forget``: what is printed, what is kept, which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domainkit.cli import ingest_report
from domainkit.cli.main import app
from domainkit.errors import IngestionError, PackError, StoreError
from domainkit.ingestion import FileReport, Report
from domainkit.store import Store

LAW = "# 某市条例\n\n第一条 为了公平，制定本条例。\n\n第二条 本条例适用于本市。\n"


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An assistant's folder with two documents; it needs no model."""
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    root = tmp_path / "firm"
    (root / "documents" / "laws").mkdir(parents=True)
    (root / "domainkit.toml").touch()
    (root / "domain.yaml").write_text(
        "schema: 1\nname: firm\nversion: 0.1.0\ntitle: Firm\nextends: legal\nknowledge: null\n"
        "profiles:\n  laws: statute\n",
        "utf-8",
    )
    (root / "documents" / "letter.txt").write_text("Dear Ms Smith.", "utf-8")
    (root / "documents" / "laws" / "fair.md").write_text(LAW, "utf-8")
    monkeypatch.chdir(root)
    return root


def run(*arguments: str, typed: str = "") -> Any:
    return CliRunner().invoke(app, arguments, input=typed)


def ingested(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("ingest", "--json", *arguments)
    return result.exit_code, json.loads(result.stdout)


def test_the_assistants_documents_are_read_and_reported(firm: Path) -> None:
    code, report = ingested()
    assert code == 0
    assert set(report) == {
        "files",
        "passages",
        "seconds",
        "pages_a_second",
        "lengths",
        "missing",
        "alike",
    }
    assert report["passages"] == 4
    first = report["files"][0]
    assert first == {
        "path": "documents/letter.txt",
        "outcome": "read",
        "reason": None,
        "was": None,
        "parent": None,
        "profile": "plain",
        "passages": 1,
        "pages": 0,
        "seconds": first["seconds"],
        "confidence": 0.0,
        "because": "no other profile fits",
        "ocr_pages": 0,
        "scrambled": None,
        "typical_length": 50,
    }
    assert report["files"][1]["profile"] == "statute"
    assert {f["outcome"] for f in ingested()[1]["files"]} == {"unchanged"}


def test_a_refused_file_leaves_with_4_and_the_rest_is_kept(firm: Path, tmp_path: Path) -> None:
    (firm / "documents" / "empty.txt").touch()
    code, report = ingested("documents", str(tmp_path / "nowhere"))
    assert code == 4
    assert {f["path"]: f["reason"] for f in report["files"] if f["outcome"] == "refused"} == {
        "documents/empty.txt": "the file is empty (0 bytes)",
        str(tmp_path / "nowhere"): "there is no such file or folder",
    }
    assert report["passages"] == 4


def test_strict_raises_at_the_first_refusal(firm: Path) -> None:
    (firm / "documents" / "empty.txt").touch()
    result = run("ingest", "--strict")
    assert isinstance(result.exception, IngestionError)
    assert "documents/empty.txt: the file is empty" in str(result.exception)


def test_a_rehearsal_stores_nothing(firm: Path) -> None:
    result = run("ingest", "--dry-run")
    assert result.exit_code == 0
    assert "2 files: 2 read; 4 passages" in result.stdout
    assert "Nothing was stored." in result.stdout
    assert not (firm / ".domainkit").exists()


def test_files_gone_from_the_disk_are_mentioned_then_forgotten(firm: Path) -> None:
    run("ingest")
    (firm / "documents" / "letter.txt").unlink()
    result = run("ingest")
    assert "1 gone from the disk still answer (documents/letter.txt)" in result.stderr
    assert "--sync" in result.stderr
    _, report = ingested("--sync")
    assert report["files"][-1]["outcome"] == "removed"


def test_the_report_begins_with_what_needs_attention(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = [FileReport(f"a{n:02}.txt", "read", profile="plain", passages=1) for n in range(40)]
    noted = FileReport(
        "z.pdf",
        "read",
        "no text layer on page 2; OCR needed",
        profile="plain",
        passages=2,
        pages=3,
    )
    refused = FileReport("y.pdf", "refused", "the PDF is encrypted", "--password -")
    linked = FileReport("x.txt", "linked", "the same content as a.txt")
    ingest_report.show(Report((*quiet, noted, linked, refused), 1.5))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == [
        "refused y.pdf the PDF is encrypted (--password -)",
        "linked x.txt the same content as a.txt",
        "read a00.txt plain, 1 passage",
    ]
    assert "read z.pdf plain, 2 passages, 3 pages, no text layer on page 2; OCR needed" in lines
    assert lines[-2] == "... and 10 more without remark; --json lists them all"
    assert lines[-1] == "43 files: 41 read, 1 linked, 1 refused; 42 passages in 1.5 s."


def test_a_file_is_explained_without_being_stored(firm: Path) -> None:
    result = run("ingest", "--explain", "documents/laws/fair.md")
    assert result.exit_code == 0
    assert "profile   statute (confidence 1.00)" in result.stdout
    assert "第二条  第二条 本条例适用于本市。" in result.stdout
    assert not (firm / ".domainkit").exists()
    (explained,) = json.loads(
        run("ingest", "--explain", "documents/laws/fair.md", "--json").stdout
    )
    assert [p["locator"] for p in explained["passages"]] == ["第1段", "第一条", "第二条"]
    assert explained["sections"] == [["第一条"], ["第二条"]]


def test_explaining_needs_no_assistant(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = firm / "documents" / "letter.txt"
    monkeypatch.chdir(firm.parent)
    assert run("ingest", "--explain", str(path)).exit_code == 0
    named = run("ingest", "--explain", str(path), "--assistant", str(firm.parent))
    assert isinstance(named.exception, PackError)


def test_passwords_come_from_a_file(firm: Path) -> None:
    encrypted = Path(__file__).parents[2] / "data" / "encrypted.pdf"
    code, report = ingested(str(encrypted))
    assert code == 4
    assert report["files"][0]["reason"] == "the PDF is encrypted"
    (firm / "passwords").write_text("wrong\nsesame\n", "utf-8")
    code, report = ingested(str(encrypted), "--password", "@passwords")
    assert (code, report["files"][0]["outcome"], report["files"][0]["pages"]) == (0, "read", 2)
    missing = run("ingest", "--password", "@nowhere")
    assert "the password file nowhere cannot be read" in str(missing.exception)


def test_a_password_is_given_or_asked_for(firm: Path) -> None:
    encrypted = Path(__file__).parents[2] / "data" / "encrypted.pdf"
    typed = run("ingest", str(encrypted), "--password", "-", "--dry-run", typed="sesame\n")
    assert typed.exit_code == 0
    assert "sesame" not in typed.output
    code, report = ingested(str(encrypted), "--password", "sesame")
    assert (code, report["files"][0]["outcome"]) == (0, "read")


@pytest.mark.parametrize("name", ["documents/letter.txt", "letter.txt", "./letter.txt"])
def test_a_document_is_forgotten_by_any_path(
    firm: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ingest")
    if name != "documents/letter.txt":
        monkeypatch.chdir(firm / "documents")
    result = run("forget", name, "--json")
    assert json.loads(result.stdout) == {
        "forgotten": "documents/letter.txt",
        "passages": 1,
        "still_on_disk": True,
    }
    store = Store.open(firm / ".domainkit" / "store.sqlite")
    assert [d.source for d in store.documents()] == ["documents/laws/fair.md"]
    store.close()


def test_forgetting_says_that_the_file_is_still_there(firm: Path) -> None:
    run("ingest")
    result = run("forget", "documents/letter.txt")
    assert "Forgot documents/letter.txt: 1 passage" in result.stdout
    assert "the next ingest reads it again" in result.stdout


@pytest.mark.parametrize("forgotten", ["documents/case #12.csv", "documents/case #12.csv#7"])
def test_a_number_in_the_name_of_a_file_is_not_that_of_a_record(
    firm: Path, forgotten: str
) -> None:
    rows = "id,text\n7,The first matter.\n8,The second matter.\n"
    (firm / "documents" / "case #12.csv").write_text(rows, "utf-8")
    run("ingest")
    assert json.loads(run("forget", forgotten, "--json").stdout)["still_on_disk"] is True


def test_a_switch_of_embedders_that_died_keeps_no_word_of_what_is_forgotten(firm: Path) -> None:
    run("ingest")
    for name in ("indexes-next", "indexes-before"):
        (firm / ".domainkit" / name).mkdir()
        (firm / ".domainkit" / name / "terms").write_text("smith", "utf-8")
    run("forget", "documents/letter.txt")
    assert [p.name for p in (firm / ".domainkit").glob("indexes*")] == ["indexes"]


def test_an_unknown_document_names_the_nearest(firm: Path) -> None:
    run("ingest")
    result = run("forget", "documents/leter.txt")
    assert isinstance(result.exception, StoreError)
    assert "documents/letter.txt" in str(result.exception)


def test_a_file_of_records_is_forgotten_whole_or_by_record(firm: Path) -> None:
    lines = "".join(f'{{"_id": "{n}", "text": "Record {n}."}}\n' for n in "abc")
    (firm / "documents" / "all.jsonl").write_text(lines, "utf-8")
    run("ingest")
    assert json.loads(run("forget", "documents/all.jsonl#b", "--json").stdout)["passages"] == 1
    assert json.loads(run("forget", "documents/all.jsonl", "--json").stdout)["passages"] == 2


def test_the_report_is_a_page_too_and_goes_when_something_is_forgotten(firm: Path) -> None:
    ingested()
    page = firm / ".domainkit" / "ingest-report.html"
    assert "Ingest report" in page.read_text(encoding="utf-8")
    assert run("forget", "documents/letter.txt").exit_code == 0
    assert not page.exists()
