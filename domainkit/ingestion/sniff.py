"""Tells what a file is by what is in it, and only then by what it is called."""

from __future__ import annotations

import re
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion import archives, compound

_HEAD = 8192

# Told by their first bytes; a reader's name, or why there is none.
_PDF = b"%PDF-"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"
_IMAGES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP",
)
_IMAGE_BOXES = re.compile(
    rb"^(?:....ftyp(?:hei[cxs]|hevc|mif1|msf1|avif)|RIFF....WEBP)", re.DOTALL
)
_UNREAD = {
    b"\x1f\x8b": "a compressed archive (gz)",
    b"BZh": "a compressed archive (bz2)",
    b"\xfd7zXZ": "a compressed archive (xz)",
    b"7z\xbc\xaf": "a compressed archive (7z)",
    b"Rar!": "a compressed archive (rar)",
    b"SQLite format 3": "a database (SQLite)",
    b"RIFF": "sound or video",
    b"ID3": "sound (mp3)",
    b"%!PS": "a print file (PostScript)",
}

# What a package holds that begins so makes it a file of that reader, or of none.
_PARTS = (
    ("word/", "docx", ""),
    ("xl/workbook.bin", "", "a binary Excel workbook (xlsb); save it as xlsx"),
    ("xl/", "excel", ""),
    ("ppt/", "slides", ""),
    ("META-INF/container.xml", "epub", ""),
    ("OFD.xml", "", "an OFD document; save it as PDF"),
    ("Index/Document.iwa", "", "a file of Apple's Pages, Numbers or Keynote; export it as PDF"),
    ("content.xml", "opendocument", ""),
)

_SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".csv": "records",
    ".tsv": "records",
    ".xls": "records",  # a table some programs write as text and call so
    ".jsonl": "records",
    ".ndjson": "records",
    ".txt": "plain",
    ".text": "plain",
    ".log": "plain",
    ".org": "markup",
    ".rst": "markup",
    ".tex": "markup",
    ".textile": "markup",
    ".typ": "markup",
    ".eml": "mail",
    ".mht": "web_archive",
    ".mhtml": "web_archive",
    "": "plain",
}
_BINARY = ".pdf .docx .xlsx .pptx .doc .ppt .odt .ods .odp .rtf .epub .msg .png .jpg .tiff .heic"
_XML = (".xml", ".nxml", ".rss", ".atom")
_HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.DOTALL
)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_MIME = re.compile(rb"^(?:[A-Za-z][A-Za-z-]{1,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_MHTML = re.compile(
    rb"^MIME-Version:.*?^Content-Type:\s*multipart/related", re.I | re.DOTALL | re.M
)
_JATS = re.compile(rb"<article-meta\b|<journal-meta\b|<!DOCTYPE\s+article\b[^>]*(?:JATS|NLM)")
_FLAT = re.compile(
    rb"<(?:office:document|w:wordDocument|pkg:package)\b|urn:schemas-microsoft-com:office:spreadsheet"
)


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
    if _HTML.match(plain):
        return "html"
    if suffix in _XML or plain.lstrip().startswith((b"<?xml", b"<!DOCTYPE")):
        return _xml(plain)
    return _by_name(suffix, plain)


def _by_bytes(path: Path, head: bytes) -> str | None:
    """Return the reader of a file its first bytes name; None for text."""
    suffix = path.suffix.lower()
    if _PDF in head[:1024] or (suffix == ".pdf" and b" obj" in head):
        return "pdf"
    if head.startswith(_ZIP):
        return _package(path)
    if head.startswith(_OLE):
        return compound.reader_of(path)
    if head.lstrip().startswith(_RTF):
        return "rtf"
    if _IMAGE_BOXES.match(head) or (head.startswith(_IMAGES) and b"\x00" in head):
        return "image"
    for mark, called in _UNREAD.items():
        if head.startswith(mark) and (b"\x00" in head or mark == b"%!PS"):
            raise IngestionError(f"it is {called}", hint="unpack or convert what it holds")
    if suffix in (".pdf", ".docx", ".xlsx", ".pptx"):
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


def _ascii(head: bytes) -> bytes:
    """Return the head of a text file as far as it is ASCII, whatever its encoding."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").replace(b"\x00", b"")


def _xml(head: bytes) -> str:
    if b"<QAPair" in head or re.search(rb"<Document\b[^>]*>\s*<Focus\b", head):
        return "qa_xml"
    if _JATS.search(head):
        return "jats"
    if _FLAT.search(head):
        raise IngestionError(
            "it is an Office file kept as one XML file", hint="save it as docx, xlsx or odt"
        )
    root = _ROOT.search(head)
    return "html" if root is not None and root[1].lower() == b"html" else "xml"


def _by_name(suffix: str, head: bytes) -> str:
    if _MHTML.search(head) and suffix != ".eml":
        return "web_archive"
    if suffix in ("", ".p7s") and _MIME.match(head):
        return "mail"
    reader = _SUFFIXES.get(suffix)
    if reader is None:
        known = " ".join(sorted({*filter(None, _SUFFIXES), *_BINARY.split(), ".xml"}))
        raise IngestionError(f"files named {suffix} are not read", hint=f"read are: {known}")
    return reader
