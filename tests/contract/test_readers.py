"""What every registered reader must do with a file it reads and with one it cannot."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import docx
import format_samples as made
import pytest
from compound_file import compound_file
from minimal_pdf import pdf

from domainkit import registry
from domainkit.errors import IngestionError
from domainkit.ingestion.sniff import reader_for
from domainkit.protocols import Reader


def _word() -> bytes:
    file, buffer = docx.Document(), io.BytesIO()
    file.add_heading("Deposit", 1)
    file.add_paragraph("It is returned within fourteen days.")
    file.save(buffer)
    return buffer.getvalue()


QA = (
    "<Document id='1' source='CDC'><Focus>Deposit</Focus><QAPairs><QAPair><Question>When is it "
    "returned?</Question><Answer>It is returned within fourteen days.</Answer></QAPair></QAPairs>"
    "</Document>"
)
# For each reader a file that says how long a deposit is kept, and one with damaged content.
SAMPLES: dict[str, tuple[str, Callable[[], bytes], bytes]] = {
    "docx": ("lease.docx", _word, b"PK\x03\x04 damaged"),
    "html": (
        "lease.html",
        lambda: b"<h1>Deposit</h1><p>It is returned within fourteen days.</p>",
        b"<script>nothing to read</script>",
    ),
    "markdown": (
        "lease.md",
        lambda: b"# Deposit\n\nIt is returned within fourteen days.\n",
        b"---\n[\n---\n",
    ),
    "pdf": (
        "lease.pdf",
        lambda: pdf([["Deposit"], ["It is returned within fourteen days."]]),
        b"%PDF-1.4 damaged",
    ),
    "plain": (
        "lease.txt",
        lambda: b"Deposit\n\nIt is returned within fourteen days.\n",
        bytes(range(32)) * 20,
    ),
    "qa_xml": ("lease.xml", QA.encode, b"<?xml version='1.0'?><Document><Focus>"),
    "records": (
        "lease.jsonl",
        lambda: b'{"_id": "7", "text": "It is returned within fourteen days."}\n',
        b"no record\n",
    ),
    "jats": ("lease.nxml", made.JATS.encode, b"<article><front><journal-meta/>"),
    "xml": ("lease.xml", made.XML.encode, b"<lease><p>"),
    "slides": (
        "lease.pptx",
        lambda: made.deck(made.slide(made.shape("Deposit", "title"), made.shape(made.SAID))),
        b"PK\x03\x04 damaged",
    ),
    "excel": ("lease.xlsx", made.workbook, b"PK\x03\x04 damaged"),
    "opendocument": (
        "lease.odt",
        lambda: made.opendocument(f"<text:h>Deposit</text:h><text:p>{made.SAID}</text:p>"),
        b"PK\x03\x04 damaged",
    ),
    "rtf": ("lease.rtf", lambda: made.RTF, b"rich no longer"),
    "epub": (
        "lease.epub",
        lambda: made.epub({"one": f"<h1>Deposit</h1><p>{made.SAID}</p>"}),
        b"PK\x03\x04 damaged",
    ),
    "mail": ("lease.eml", lambda: made.MAIL, b" \n"),
    "outlook": (
        "lease.msg",
        lambda: made.outlook({0x0037: "Deposit", 0x1000: made.SAID}),
        compound_file({})[:600],
    ),
    "web_archive": ("lease.mhtml", lambda: made.MHTML, b"MIME-Version: 1.0\n\n"),
    "markup": ("lease.org", f"* Deposit\n\n{made.SAID}\n".encode, bytes(range(32)) * 20),
    "image": ("lease.png", made.picture, b"\x89PNG\r\n\x1a\n\x00 damaged"),
    "legacy": ("lease.doc", lambda: compound_file({"WordDocument": bytes(64)}), b"no Word file"),
    "encrypted": (
        "lease.xlsx",
        lambda: made.encrypted("VelvetSweatshop"),
        compound_file({"EncryptedPackage": b"damaged"}),
    ),
}


@pytest.fixture(autouse=True)
def libreoffice(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that stands in for LibreOffice and converts every file to the same."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "converted").write_bytes(_word())
    program = folder / "soffice"
    program.write_text(f'#!/bin/sh\ncp {folder}/converted "$7/$(basename "$8" .doc).docx"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.fixture(params=registry.names("readers"))
def name(request: pytest.FixtureRequest) -> str:
    assert request.param in SAMPLES, f"the reader {request.param} has no sample here"
    return str(request.param)


def sample(folder: Path, name: str) -> Path:
    file, content, _ = SAMPLES[name]
    (folder / file).write_bytes(content())
    return folder / file


def test_it_yields_documents_that_hang_together(name: str, tmp_path: Path) -> None:
    reader = registry.get("readers", name)()
    path = sample(tmp_path, name)
    (document,) = reader.read(path)

    assert isinstance(reader, Reader)
    assert "returned within fourteen days" in document.text
    assert document.source.partition("#")[0] == path.name
    assert document.title
    assert "\r" not in document.text
    assert "\x00" not in document.text
    spans = [section.span for section in document.sections]
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(span.end <= len(document.text) for span in spans)
    assert all(
        section.path[-1] in s.of(document.text)
        for section, s in zip(document.sections, spans, strict=True)
    )
    if document.pages:
        assert (document.pages[0].start, document.pages[-1].end) == (0, len(document.text))
        assert all(a.end == b.start for a, b in pairwise(document.pages))
    assert all(isinstance(value, str) for pair in document.meta.items() for value in pair)


def test_reading_twice_gives_the_same(name: str, tmp_path: Path) -> None:
    reader = registry.get("readers", name)()
    path = sample(tmp_path, name)
    assert list(reader.read(path)) == list(reader.read(path))


def test_a_damaged_file_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    file, _, damaged = SAMPLES[name]
    (tmp_path / file).write_bytes(damaged)
    with pytest.raises(IngestionError) as raised:
        list(registry.get("readers", name)().read(tmp_path / file))
    assert raised.value.message


def test_a_file_that_is_gone_is_no_damaged_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(registry.get("readers", name)().read(tmp_path / SAMPLES[name][0]))


def test_its_own_files_are_given_to_it(name: str, tmp_path: Path) -> None:
    assert reader_for(sample(tmp_path, name)) == name
