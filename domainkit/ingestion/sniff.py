"""Tells what a file is by what is in it, and only then by what it is called."""

from __future__ import annotations

import re
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion import archives

_HEAD = 8192

# Told by their first bytes; a reader's name, or why there is none.
_PDF = b"%PDF-"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"RIFF",
)
_HEIC = re.compile(rb"^....ftyp(?:heic|heix|mif1|avif)", re.DOTALL)

_PARTS = (
    ("word/", "docx", ""),
    ("xl/", "", "an Excel workbook; save its sheets as csv"),
    ("ppt/", "", "a PowerPoint presentation; save it as PDF"),
    ("META-INF/container.xml", "", "an e-book (epub); save it as html"),
    ("content.xml", "", "an OpenDocument file; save it as docx"),
)

_SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".csv": "records",
    ".tsv": "records",
    ".jsonl": "records",
    ".ndjson": "records",
    ".txt": "plain",
    ".text": "plain",
    ".log": "plain",
    ".rst": "plain",
    ".org": "plain",
    "": "plain",
}
_HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.DOTALL
)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_MIME = re.compile(rb"^(?:[A-Za-z][A-Za-z-]{1,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}")


def reader_for(path: Path) -> str:
    """Return the name of the reader that reads ``path``.

    Raises:
        IngestionError: saying what the file is, when nothing here reads it.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise IngestionError("the file is empty (0 bytes)")
    suffix = path.suffix.lower()
    kind = _by_bytes(path, head)
    if kind is not None:
        return kind
    plain = _ascii(head)
    if suffix == ".xml" or plain.lstrip().startswith(b"<?xml"):
        return _xml(plain)
    if _HTML.match(plain):
        return "html"
    return _by_name(suffix, plain)


def _by_bytes(path: Path, head: bytes) -> str | None:
    """Return the reader of a binary file; None for text."""
    suffix = path.suffix.lower()
    if _PDF in head[:1024]:
        return "pdf"
    if head.startswith(_ZIP):
        return _package(path)
    if head.startswith(_OLE):
        raise _ole(path)
    if head.startswith(b"{\\rtf"):
        raise IngestionError("it is a rich text file (rtf)", hint="save it as docx")
    if _HEIC.match(head) or (head.startswith(_IMAGES) and b"\x00" in head):
        raise IngestionError("it is an image; OCR needed", hint="ingest its text instead")
    if suffix in (".pdf", ".docx"):
        raise IngestionError(f"it is named {suffix} but holds something else")
    return None


def _package(path: Path) -> str:
    """Return the reader of a zip archive's format."""
    names = archives.members(path)
    for part, reader, otherwise in _PARTS:
        if any(name.startswith(part) for name in names):
            if reader:
                return reader
            raise IngestionError(f"it is {otherwise}")
    suffix = path.suffix.lower()
    misnamed = f", although it is named {suffix}" if suffix not in ("", ".zip") else ""
    raise IngestionError(f"it is a zip archive{misnamed}", hint="unpack it into the folder")


def _ole(path: Path) -> IngestionError:
    """Return why a file of the old Office format is not read."""
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        return IngestionError("it is encrypted", hint="save it without a password")
    kinds = {
        ".doc": ("it is a Word file of before 2007", "save it as docx"),
        ".xls": ("it is an Excel file of before 2007", "save its sheets as csv"),
        ".ppt": ("it is a PowerPoint file of before 2007", "save it as PDF"),
        ".msg": ("it is an Outlook message", "save it as txt or html"),
    }
    reason, hint = kinds.get(path.suffix.lower(), ("it is a file of an old Office program", ""))
    return IngestionError(reason, hint=hint)


def _ascii(head: bytes) -> bytes:
    """Return the head of a text file as far as it is ASCII, whatever its encoding."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").replace(b"\x00", b"")


def _xml(head: bytes) -> str:
    if b"<QAPair" in head or re.search(rb"<Document\b[^>]*>\s*<Focus\b", head):
        return "qa_xml"
    if re.search(rb"<html\b", head, re.I):
        return "html"
    root = _ROOT.search(head)
    name = root[1].decode("ascii", "replace") if root else "?"
    raise IngestionError(f"it is XML of a kind that is not read (its root is <{name}>)")


def _by_name(suffix: str, head: bytes) -> str:
    if suffix in (".eml", ".mht", ".mhtml") or (suffix == "" and _MIME.match(head)):
        raise IngestionError("it is an e-mail or web archive", hint="save it as txt or html")
    reader = _SUFFIXES.get(suffix)
    if reader is None:
        known = " ".join(sorted(s for s in (*_SUFFIXES, ".pdf", ".docx", ".xml") if s))
        raise IngestionError(f"files named {suffix} are not read", hint=f"read are: {known}")
    return reader
