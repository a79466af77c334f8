"""Tells what a compound file (OLE) is: what Office wrote before 2007, Outlook, encrypted files."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load

# What converts files of before 2007, by the names of its programs.
OFFICE_PROGRAMS = ("soffice", "libreoffice")

# By a stream that only files of its kind have at their top, the reader of that kind.
_READERS = {
    "EncryptedPackage": "encrypted",
    "__properties_version1.0": "outlook",
    "Workbook": "excel",
    "Book": "excel",
    "WordDocument": "legacy",
    "PowerPoint Document": "legacy",
}
_OTHERS = {
    "VisioDocument": "a Visio drawing",
    "Quill": "a Publisher file",
    "HwpSummaryInformation": "a Hangul document",
    "SwDocContentMgr": "a SolidWorks file",
}
# Where a Word file says that it is encrypted, and a PowerPoint file that it is.
_WORD_FLAGS, _WORD_ENCRYPTED = 10, 0x0100
_SLIDES_MARK, _SLIDES_ENCRYPTED = 12, 0xF3D1C4DF


@dataclass(frozen=True, slots=True)
class Legacy:
    """A format of before 2007: what it is called, and the ending of what it converts to."""

    called: str
    modern: str


_LEGACY = {
    "WordDocument": Legacy("a Word file of before 2007", "docx"),
    "PowerPoint Document": Legacy("a PowerPoint file of before 2007", "pptx"),
}


def reader_of(path: Path) -> str:
    """Return the name of the reader that reads the compound file ``path``.

    Raises:
        IngestionError: saying what the file is, when nothing here reads it, or it is damaged.
    """
    top = {name.strip("\x05\x01"): data for name, data in _top(path).items()}
    for stream, reader in _READERS.items():
        if stream in top:
            if _is_encrypted(stream, top):
                raise IngestionError("it is encrypted", hint="save it without a password")
            return reader
    for stream, called in _OTHERS.items():
        if stream in top:
            raise IngestionError(f"it is {called}", hint="save it as PDF")
    raise IngestionError("it is a file of an old Office program", hint="save it as PDF")


def legacy(path: Path) -> Legacy:
    """Return which format of before 2007 the file ``path`` is in.

    Raises:
        IngestionError: when it is in none.
    """
    top = _top(path)
    for stream, kind in _LEGACY.items():
        if stream in top:
            return kind
    raise IngestionError("it is no Word or PowerPoint file of before 2007")


def _top(path: Path) -> dict[str, bytes]:
    """Return the entries at the top of a compound file and how each begins."""
    olefile: Any = load("olefile", needed_for="reading files of old Office programs")
    # What olefile raises for files that are cut off or contradict themselves.
    broken = (OSError, ValueError, IndexError, TypeError, struct.error)
    with path.open("rb") as opened:
        data = opened.read()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            entries = file.listdir(storages=True)
            return {entry[0]: _head(file, entry) for entry in entries if len(entry) == 1}
    except broken as error:
        raise IngestionError(
            f"it is a damaged file of an old Office program ({error})",
            hint="copy or download it again",
        ) from error


def _head(file: Any, entry: list[str]) -> bytes:
    if file.get_type(entry) != 2:  # a storage, not a stream
        return b""
    return bytes(file.openstream(entry).read(16))


def _is_encrypted(stream: str, top: dict[str, bytes]) -> bool:
    """Return whether an old Word or PowerPoint file says that it is encrypted."""
    if stream == "WordDocument" and len(top[stream]) >= _WORD_FLAGS + 2:
        (flags,) = struct.unpack_from("<H", top[stream], _WORD_FLAGS)
        return bool(flags & _WORD_ENCRYPTED)
    user = top.get("Current User", b"")
    if stream == "PowerPoint Document" and len(user) >= _SLIDES_MARK + 4:
        (mark,) = struct.unpack_from("<I", user, _SLIDES_MARK)
        return bool(mark == _SLIDES_ENCRYPTED)
    return False
