"""What is attached to a mail is read with it, named when it is not, and goes when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from domainkit.ingestion import Report, ingest
from domainkit.ingestion.report import project
from domainkit.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    return made


def mail(*attached: tuple[str, bytes]) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = "The lease", "ana@clinic.example"
    made.set_content("Please find the lease of the second floor attached.")
    for name, data in attached:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made


def read(folder: Path, store: Store) -> Report:
    return ingest([folder], store, base=folder.parent)


def texts(store: Store) -> dict[str, str]:
    return {each.source: store.document(each.id).text for each in store.documents()}


def test_attachments_are_documents_of_the_mail_with_lines_of_their_own(
    folder: Path, store: Store
) -> None:
    made = mail(
        ("lease.md", b"# Lease\n\nThe rent is 900 euros a month.\n"),
        ("people.csv", b"id,text\na,Ana answers for heating.\nb,Ben answers for water.\n"),
    )
    (folder / "lease.eml").write_bytes(bytes(made))

    report = read(folder, store)

    lines = {file.path: file for file in report.files}
    assert list(lines) == [
        "documents/lease.eml",
        "documents/lease.eml#lease.md",
        "documents/lease.eml#people.csv",
    ]
    inside = [line for line in report.files if line.parent]
    assert [(i.outcome, i.parent, i.passages) for i in inside] == [
        ("read", "documents/lease.eml", 1),
        ("read", "documents/lease.eml", 2),
    ]
    assert report.counts() == {"read": 1}
    assert report.passages == lines["documents/lease.eml"].passages == 4
    assert "900 euros" in texts(store)["documents/lease.eml#lease.md"]
    assert "Ben answers" in texts(store)["documents/lease.eml#people.csv#b"]
    assert project(report)["files"][1]["parent"] == "documents/lease.eml"


def test_what_cannot_be_read_is_named_with_its_reason(folder: Path, store: Store) -> None:
    made = mail(("empty.txt", b""), ("odd.xyz", b"\x00\x01\x02" * 40), ("note.txt", b"Call Ana."))
    (folder / "lease.eml").write_bytes(bytes(made))

    line, inside = read(folder, store).files

    assert (line.outcome, inside.path) == ("read", "documents/lease.eml#note.txt")
    assert "attachment odd.xyz: " in line.reason
    assert "attachment empty.txt: it is empty" in line.reason


def test_names_stay_files_of_their_own(folder: Path, store: Store) -> None:
    made = mail(("../../up.txt", b"Above."), ("a.txt", b"First."), ("a.txt", b"Second."))
    (folder / "lease.eml").write_bytes(bytes(made))

    read(folder, store)

    named = {source.partition("#")[2]: text for source, text in texts(store).items()}
    assert (named["a.txt"], named["a-2.txt"]) == ("First.", "Second.")
    assert named["_.._up.txt"] == "Above."
    assert not (folder.parent / "up.txt").exists()


def test_a_mail_attached_to_a_mail_brings_its_own_attachments(folder: Path, store: Store) -> None:
    inner = mail(("deep.txt", b"The boiler is new."))
    outer = mail(("inner.eml", bytes(inner)))
    (folder / "outer.eml").write_bytes(bytes(outer))

    read(folder, store)

    assert texts(store)["documents/outer.eml#inner.eml#deep.txt"] == "The boiler is new."


def test_mails_nested_without_end_are_left_out_and_named(folder: Path, store: Store) -> None:
    made = mail(("core.txt", b"Too deep."))
    for number in range(5):
        made = mail((f"m{number}.eml", bytes(made)))
    (folder / "outer.eml").write_bytes(bytes(made))

    (line, *_) = read(folder, store).files

    assert "it lies too deep within other files" in line.reason
    assert "Too deep." not in texts(store).values()


def test_attachments_stay_and_go_with_the_mail(folder: Path, store: Store) -> None:
    path = folder / "lease.eml"
    path.write_bytes(bytes(mail(("lease.md", b"The rent is 900 euros."))))
    read(folder, store)
    before = {each.source: each.id for each in store.documents()}

    assert [file.outcome for file in read(folder, store).files] == ["unchanged"]
    path.write_bytes(bytes(mail(("lease.md", b"The rent is 950 euros."))))
    read(folder, store)

    assert {each.source: each.id for each in store.documents()} == before
    assert "950 euros" in texts(store)["documents/lease.eml#lease.md"]

    path.write_bytes(bytes(mail()))
    read(folder, store)
    assert list(texts(store)) == ["documents/lease.eml"]
