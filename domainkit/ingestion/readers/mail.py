"""Reads mails (eml) as programs of every kind save them; what is attached is handed on."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as Part
from email.utils import parsedate_to_datetime
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion.attached import Attachment
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.messages import (
    Message,
    add_message,
    encrypted,
    everything_attached,
)
from domainkit.ingestion.readers.pictures import Pictures
from domainkit.ingestion.text import decode
from domainkit.types import Document

_HEADS = ("From", "To", "Cc", "Bcc", "Date", "Subject")
# Signatures and keys prove who wrote; they say nothing.
_SIGNATURES = re.compile(r"application/(?:x-)?(?:pkcs7-signature|pgp-signature|pgp-keys)")
_SECRET = re.compile(r"multipart/encrypted|application/(?:x-)?pkcs7-mime")
_DEEPEST = 50


class MailReader:
    """Mails, each one document; a mail enclosed in another is a section of it."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, titled by its subject.

        Raises:
            IngestionError: when the mail is encrypted or empty.
        """
        message = parsed(path.read_bytes())
        builder, pictures = TextBuilder(), Pictures()
        add_message(builder, message, pictures)
        attached = "; ".join(file.name for file in everything_attached(message))
        meta = {**pictures.meta(), **({"attachments": attached} if attached else {})}
        title = message.subject or path.stem
        document = builder.build(source=path.name, title=title, meta=meta)
        if not document.text:
            raise IngestionError("the mail is empty")
        yield document

    def attachments(self, path: Path) -> list[Attachment]:
        """Return the files attached to the mail ``path``, and to those enclosed in it."""
        return everything_attached(parsed(path.read_bytes()))


def parsed(data: bytes) -> Message:
    """Return a mail taken apart.

    Raises:
        IngestionError: when it is encrypted, or no mail at all.
    """
    try:
        return _message(email.message_from_bytes(data.lstrip()), 0)
    except (MessageError, ValueError, LookupError) as error:
        raise IngestionError(f"the mail is damaged ({error})") from error


def _message(mail: Part, depth: int) -> Message:
    heads = {name: said for name in _HEADS if (said := _head(mail, name))}
    taken = _Parts()
    if depth > _DEEPEST:
        raise IngestionError(f"mails are enclosed more than {_DEEPEST} deep in it")
    taken.take(mail, depth)
    return Message(
        heads=heads,
        plain=taken.plain,
        pages=taken.pages,
        pictures=taken.pictures,
        attachments=taken.attachments,
        enclosed=taken.enclosed,
    )


class _Parts:
    """Sorts the parts of one mail."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.pages: list[str] = []
        self.pictures: list[bytes] = []
        self.attachments: list[Attachment] = []
        self.enclosed: list[Message] = []

    def take(self, part: Part, depth: int) -> None:
        """Sort ``part`` and what it is made of."""
        kind = part.get_content_type()
        if _SECRET.match(kind):
            raise encrypted()
        if kind == "message/rfc822":
            for mail in _within(part):
                self.enclosed.append(_message(mail, depth + 1))
        elif part.is_multipart():
            for inner in _within(part):
                self.take(inner, depth)
        elif not _SIGNATURES.match(kind):
            self._leaf(part, kind)

    def _leaf(self, part: Part, kind: str) -> None:
        name = _decoded(part.get_filename() or "")
        apart = part.get_content_disposition() == "attachment" or (
            name and "Content-ID" not in part
        )
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not (apart or data.strip()):
            return
        if kind == "text/html" and not apart:
            self.pages.append(_text(part, data))
        elif kind == "text/plain" and not apart:
            self.plain.append(_unfolded(part, _text(part, data)))
        elif kind.startswith("image/") and not apart:
            self.pictures.append(data)
        else:
            self.attachments.append(Attachment(name or _unnamed(kind), data))


def _within(part: Part) -> list[Part]:
    payload = part.get_payload()
    return (
        [inner for inner in payload if isinstance(inner, Part)]
        if isinstance(payload, list)
        else []
    )


def _text(part: Part, data: bytes) -> str:
    """Return a part's text by the character set it names where that holds, else as any text."""
    try:
        return data.decode(part.get_content_charset() or "ascii")
    except (UnicodeDecodeError, LookupError):
        return decode(data)


def _unfolded(part: Part, text: str) -> str:
    """Return text whose lines were broken for sending as the paragraphs it was."""
    if part.get_param("format") != "flowed":
        return text
    return re.sub(r"(?m)(?<!^--) \r?\n(?!>)", " ", text)


def _unnamed(kind: str) -> str:
    """Return a name for an attachment that came without one."""
    endings = {"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics"}
    main, _, ending = kind.partition("/")
    return "attachment" + endings.get(kind, f".{ending}" if main == "image" else ".bin")


def _head(mail: Part, name: str) -> str:
    said = _decoded(str(mail.get(name) or ""))
    if name == "Date" and said:
        try:
            return parsedate_to_datetime(said).isoformat(sep=" ", timespec="minutes")
        except ValueError:
            return said  # written in a way of its own
    return said


def _decoded(head: str) -> str:
    """Return a head with its encoded words decoded."""
    try:
        words = decode_header(head)
    except MessageError:
        return " ".join(head.split())
    said = "".join(
        word if isinstance(word, str) else _word(word, charset) for word, charset in words
    )
    return " ".join(said.split())


def _word(word: bytes, charset: str | None) -> str:
    try:
        return word.decode(charset or "ascii")
    except (UnicodeDecodeError, LookupError):
        return word.decode("utf-8", errors="replace")
