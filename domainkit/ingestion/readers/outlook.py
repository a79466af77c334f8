"""Reads Outlook messages (msg): mails, appointments, tasks; what is attached is handed on.

A message is a compound file: each property is a stream named by its number and type, each
recipient and attachment a storage with properties of its own ([MS-OXMSG]).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.attached import Attachment
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.html import page_markup
from domainkit.ingestion.readers.messages import (
    Message,
    add_message,
    encrypted,
    everything_attached,
)
from domainkit.ingestion.readers.pictures import Pictures
from domainkit.ingestion.readers.rtf import rich_text
from domainkit.ingestion.readers.rtf_codes import code_page
from domainkit.ingestion.readers.rtf_compression import decompressed
from domainkit.types import Document

_PROPERTIES = "__properties_version1.0"
# Where the fixed-size properties begin: the whole message has a longer head than its parts.
_TOP, _PART, _EMBEDDED = 32, 8, 24
_CLASS, _SUBJECT, _SENT = 0x001A, 0x0037, 0x0039
_SENDER, _ADDRESS, _SMTP = 0x0C1A, 0x0C1F, 0x5D01
_TO, _CC = 0x0E04, 0x0E03
_BODY, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_INTERNET_PAGE, _PAGE = 0x3FDE, 0x3FFD
_DATA, _LONG_NAME, _NAME, _TYPE, _CONTENT_ID = 0x3701, 0x3707, 0x3704, 0x370E, 0x3712
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DEEPEST = 20


class OutlookReader:
    """Messages saved from Outlook; a message enclosed in another is a section of it."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, titled by its subject.

        Raises:
            IngestionError: when the message is damaged, encrypted or empty.
        """
        message = _opened(path)
        builder, pictures = TextBuilder(), Pictures()
        add_message(builder, message, pictures)
        attached = "; ".join(file.name for file in everything_attached(message))
        meta = {**pictures.meta(), **({"attachments": attached} if attached else {})}
        title = message.subject or path.stem
        document = builder.build(source=path.name, title=title, meta=meta)
        if not document.text:
            raise IngestionError("the message is empty")
        yield document

    def attachments(self, path: Path) -> list[Attachment]:
        """Return the files attached to the message ``path``, and to those enclosed in it."""
        return everything_attached(_opened(path))


def _opened(path: Path) -> Message:
    olefile: Any = load("olefile", needed_for="reading Outlook messages")
    # What olefile raises for files that are cut off or contradict themselves.
    broken = (OSError, ValueError, IndexError, struct.error)
    data = path.read_bytes()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return _Storage(file, "", _TOP).message(0)
    except broken as error:
        raise IngestionError(f"the message is damaged ({error})") from error


class _Storage:
    """One storage of a message file and its properties."""

    def __init__(self, file: Any, prefix: str, head: int, page: str = "cp1252") -> None:
        self._file = file
        self._prefix = prefix
        self._streams = {
            entry[-1]: "/".join(entry)
            for entry in file.listdir()
            if "/".join(entry[:-1]) == prefix.rstrip("/")
        }
        self._fixed = self._read_fixed(head)
        number = self._number(_INTERNET_PAGE) or self._number(_PAGE)
        self._page = code_page(number) or page if number else page

    def text(self, number: int) -> str:
        """Return a property that is text; empty when there is none."""
        if (name := self._streams.get(f"__substg1.0_{number:04X}001F")) is not None:
            return self._bytes(name).decode("utf-16-le", "replace").rstrip("\x00")
        if (name := self._streams.get(f"__substg1.0_{number:04X}001E")) is not None:
            return self._bytes(name).decode(self._page, "replace").rstrip("\x00")
        return ""

    def binary(self, number: int) -> bytes:
        """Return a property that is bytes; empty when there is none."""
        name = self._streams.get(f"__substg1.0_{number:04X}0102")
        return self._bytes(name) if name is not None else b""

    def message(self, depth: int) -> Message:
        """Return the message of this storage.

        Raises:
            IngestionError: when it is encrypted, or messages are enclosed too deeply.
        """
        if depth > _DEEPEST:
            raise IngestionError(f"messages are enclosed more than {_DEEPEST} deep in it")
        markup = self.binary(_HTML)
        page = page_markup(markup) if markup else self.text(_HTML)
        plain = self.text(_BODY)
        if not plain.strip() and not page and (rtf := self.binary(_RTF)):
            builder, _ = rich_text(decompressed(rtf))
            plain = builder.build(source="", title="", meta={}).text
        message = Message(heads=self._heads(), plain=[plain] if plain.strip() else [])
        message.pages = [page] if page else []
        for part in self._parts("__attach_version1.0_#"):
            self._attached(message, part, page, depth)
        kinds = [file.name.rpartition(".")[2].lower() for file in message.attachments]
        hidden = {"p7m", "pgp-encrypted"} & set(kinds) or "SMIME" in self.text(_CLASS).upper()
        if hidden and not plain.strip() and not page:
            raise encrypted()
        return message

    def _heads(self) -> dict[str, str]:
        address = self.text(_SMTP) or self.text(_ADDRESS)
        name = self.text(_SENDER)
        known = f"{name} <{address}>" if "@" in address and address != name else name or address
        sent = self._fixed.get(_SENT)
        heads = {
            "From": known,
            "To": self.text(_TO),
            "Cc": self.text(_CC),
            "Date": _date(sent) if sent else "",
            "Subject": self.text(_SUBJECT),
        }
        return {name: " ".join(said.split()) for name, said in heads.items() if said.strip()}

    def _attached(self, message: Message, part: str, page: str, depth: int) -> None:
        """Add what one attachment is: a message, a picture of the page, or a file."""
        inner = f"{part}__substg1.0_{_DATA:04X}000D/"
        storage = _Storage(self._file, part, _PART, self._page)
        if self._file.exists(inner + _PROPERTIES):
            enclosed = _Storage(self._file, inner, _EMBEDDED, self._page)
            message.enclosed = [*message.enclosed, enclosed.message(depth + 1)]
            return
        data = storage.binary(_DATA)
        shown = storage.text(_CONTENT_ID)
        if shown and f"cid:{shown}" in page and storage.text(_TYPE).startswith("image/"):
            message.pictures = [*message.pictures, data]
        elif data:
            name = storage.text(_LONG_NAME) or storage.text(_NAME) or "attachment.bin"
            message.attachments = [*message.attachments, Attachment(name, data)]

    def _parts(self, kind: str) -> list[str]:
        depth = self._prefix.count("/")
        found = {
            "/".join(entry[: depth + 1]) + "/"
            for entry in self._file.listdir()
            if len(entry) > depth + 1 and entry[depth].startswith(kind)
        }
        return sorted(name for name in found if name.startswith(self._prefix))

    def _bytes(self, name: str) -> bytes:
        return bytes(self._file.openstream(name).read())

    def _read_fixed(self, head: int) -> dict[int, bytes]:
        """Return the properties of fixed size, each eight bytes."""
        if _PROPERTIES not in self._streams:
            return {}
        data = self._bytes(self._streams[_PROPERTIES])[head:]
        entries = (data[at : at + 16] for at in range(0, len(data) - 15, 16))
        return {struct.unpack_from("<H", entry, 2)[0]: entry[8:] for entry in entries}

    def _number(self, number: int) -> int:
        value = self._fixed.get(number)
        return int.from_bytes(value[:4], "little") if value else 0


def _date(value: bytes) -> str:
    ticks = int.from_bytes(value, "little")  # of 100 ns since 1601
    try:
        day = _EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return ""
    return day.isoformat(sep=" ", timespec="minutes")
