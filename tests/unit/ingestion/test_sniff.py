"""A file is what its bytes say; its name only decides between kinds of text."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from minimal_pdf import pdf

from domainkit.errors import IngestionError
from domainkit.ingestion.sniff import reader_for

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
PNG = b"\x89PNG\r\n\x1a\n\x00"
MAIL = b"From: a@b.c\nTo: d@e.f\nSubject: x\n\nHi"


def package(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x")  # dated 1980: the same bytes each time
    return buffer.getvalue()


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("name", "content", "reader"),
    [
        ("a.pdf", pdf([["x"]]), "pdf"),
        ("a.txt", b"\n" + pdf([["x"]]), "pdf"),
        ("a.doc", package("[Content_Types].xml", "word/document.xml"), "docx"),
        ("a.txt", b"plain", "plain"),
        ("LICENCE", b"plain", "plain"),
        ("a.md", b"# x", "markdown"),
        ("a.txt", b"<!-- saved --><!DOCTYPE html><p>x", "html"),
        ("a.txt", "<html><p>x</p></html>".encode("utf-16"), "html"),
        ("a.HTM", b"<p>x</p>", "html"),
        ("a.xml", b"<?xml version='1.0'?><html xmlns='x'><p>x</p></html>", "html"),
        ("a.xml", b"<?xml version='1.0'?><Document id='1'>\n<Focus>x</Focus>", "qa_xml"),
        ("a.xml", b"<?xml version='1.0'?>\n<rss></rss>", "xml"),
        ("a.nxml", b"<!DOCTYPE article PUBLIC 'JATS'><article><front/></article>", "jats"),
        ("a.xml", b"<article><front><journal-meta/></front></article>", "jats"),
        ("a.csv", b"a,b\n1,2\n", "records"),
        ("a.xls", b"a\tb\n1\t2\n", "records"),
        ("a.xlsx", package("xl/workbook.xml"), "excel"),
        ("a.pptx", package("ppt/presentation.xml"), "slides"),
        ("a.epub", package("META-INF/container.xml"), "epub"),
        ("a.odt", package("content.xml"), "opendocument"),
        ("a.doc", b"{\\rtf1 x}", "rtf"),
        ("a.png", PNG, "image"),
        ("a.pdf", b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", "image"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", "image"),
        ("a.txt", b"BMI above 30 counts as obesity.", "plain"),
        ("a.eml", MAIL, "mail"),
        ("message", MAIL, "mail"),
        ("a.txt", MAIL, "plain"),
        ("a.mht", b"From: x\nMIME-Version: 1.0\n\n", "web_archive"),
        ("a.doc", b"MIME-Version: 1.0\nContent-Type: multipart/related; x\n\n", "web_archive"),
        ("a.org", b"* x", "markup"),
        ("a.rst", b"x\n=\n", "markup"),
        ("a.jsonl", b'{"text": "x"}', "records"),
    ],
)
def test_the_reader_is_chosen(tmp_path: Path, name: str, content: bytes, reader: str) -> None:
    assert reader_for(written(tmp_path, name, content)) == reader


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", r"the file is empty \(0 bytes\)"),
        ("a.pdf", package("notes.txt"), r"a zip archive, although it is named \.pdf"),
        ("a.zip", package("notes.txt"), "it is a zip archive"),
        ("a.docx", package("word/document.xml")[:40], "a damaged zip archive"),
        ("a.pdf", b"hello, this is text", r"named \.pdf but holds something else"),
        ("a.xlsb", package("xl/workbook.bin", "xl/styles.bin"), "binary Excel workbook"),
        ("a.ofd", package("OFD.xml"), "an OFD document"),
        ("a.doc", OLE, "a damaged file of an old Office program"),
        ("a.xml", b"<?xml version='1.0'?><w:wordDocument/>", "Office file kept as one XML"),
        ("a.gz", b"\x1f\x8b\x08\x00", "a compressed archive"),
        ("a.xlsx", b"a,b\n1,2\n", r"named \.xlsx but holds something else"),
        ("a.exe", b"plain", r"files named \.exe are not read.*\.docx.*\.pdf"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(IngestionError, match=reason):
        reader_for(written(tmp_path, name, content))
