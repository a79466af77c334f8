"""What a mail says, put into a document the same way whatever program wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domainkit.errors import IngestionError
from domainkit.ingestion.attached import Attachment
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.html import HtmlReader
from domainkit.ingestion.readers.pictures import Pictures

_WORD = re.compile(r"\w+")
# A plain version of a page that has so few of its words says something else.
_SAME = 0.5


@dataclass(slots=True)
class Message:
    """One mail: its heads, what it says in plain and as a page, and what came with it."""

    heads: Mapping[str, str] = field(default_factory=dict)
    plain: Sequence[str] = ()
    pages: Sequence[str] = ()
    pictures: Sequence[bytes] = ()  # shown within the page
    attachments: Sequence[Attachment] = ()
    enclosed: Sequence[Message] = ()

    @property
    def subject(self) -> str:
        """What the mail says it is about; empty when it does not."""
        return self.heads.get("Subject", "")


def add_message(builder: TextBuilder, message: Message, pictures: Pictures) -> None:
    """Add a mail: its heads, what it says, the pictures it shows, and mails within it.

    Raises:
        IngestionError: when a page in it is nested too deeply.
    """
    builder.block("\n".join(f"{name}: {said}" for name, said in message.heads.items() if said))
    words: set[str] = set()
    page = TextBuilder()
    for markup in message.pages:
        HtmlReader().add(markup, page)
        words.update(_WORD.findall(page.build(source="", title="", meta={}).text.lower()))
    for text in message.plain:
        said = set(_WORD.findall(text.lower()))
        if len(said & words) <= _SAME * len(said):
            builder.block(text)
    for markup in message.pages:
        HtmlReader().add(markup, builder)
    for data in message.pictures:
        builder.block(pictures.text(data))
    for enclosed in message.enclosed:
        builder.heading(1, f"Enclosed message: {enclosed.subject}".rstrip(": "))
        add_message(builder, enclosed, pictures)


def everything_attached(message: Message) -> list[Attachment]:
    """Return what came with a mail and with the mails within it."""
    within = (file for mail in message.enclosed for file in everything_attached(mail))
    return [*message.attachments, *within]


def encrypted() -> IngestionError:
    """Return why an encrypted mail is not read."""
    return IngestionError(
        "the mail is encrypted", hint="save it decrypted from the program that reads it"
    )
