"""Reads rich text files (rtf) of any code page: headings by their styles, lists, tables, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.rtf_codes import (
    BREAKS,
    CHARSETS,
    FAMILIES,
    READ,
    SAID,
    SKIPPED,
    SYMBOLS,
    TOKEN,
    code_page,
)
from domainkit.ingestion.readers.scripts import raised
from domainkit.ingestion.readers.titles import title_or
from domainkit.types import Document

_HEADING = re.compile(r"^\s*heading (\d)\s*;", re.I)
_BULLET = re.compile(r"^[•·▪◦\uf0b7\uf0a7o-]\t")
_DEEPEST = 2000


class RtfReader:
    """Rich text files."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``.

        Raises:
            IngestionError: when it is no rich text, or holds none.
        """
        data = path.read_bytes()
        if not data.lstrip().startswith(b"{\\rtf"):
            raise IngestionError("it is no rich text file")
        builder, title = rich_text(data)
        title = title_or(title, builder.first_heading or path.stem)
        document = builder.build(source=path.name, title=title, meta={})
        if not document.text:
            raise IngestionError("the rich text file holds no text")
        yield document


def rich_text(data: bytes) -> tuple[TextBuilder, str]:
    """Return the text of a rich text file, and its title.

    Raises:
        IngestionError: when its groups are nested too deeply.
    """
    parser = _Parser()
    parser.read(data)
    return parser.builder, parser.title


@dataclass(frozen=True, slots=True)
class _State:
    """What a group has of the one around it, and loses at its end."""

    sink: list[str]
    skip: bool = False
    defines: str = ""  # "font", "style" or "title"
    font: int | None = None
    fallback: int = 1  # how many characters after \u are for programs without Unicode
    heading: int = 0
    in_table: bool = False
    is_raised: bool = False


class _Parser:
    """Turns the tokens of one file into paragraphs and tables."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._state = _State(sink=[])
        self._outer: list[_State] = []
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._headings: dict[int, int] = {}  # style -> how deep a heading it is
        self._defined = 0  # the font or style that is being defined
        self._bytes = bytearray()
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._notes: list[list[str]] = []
        self._pass_over = 0
        self._starred = False
        self._in_list = False

    def read(self, data: bytes) -> None:
        """Read a whole file."""
        place = 0
        while (token := TOKEN.match(data, place)) is not None:
            place = token.end()
            word, number, byte, symbol, brace, plain = token.groups()
            if byte is not None:
                self._raw(bytes([int(byte, 16)]))
            elif plain is not None:
                self._raw(plain)
            elif symbol is not None and symbol in b"\\{}":
                self._raw(symbol)
            else:
                self._flush()
                if brace is not None:
                    self._brace(brace)
                elif symbol is not None:
                    self._symbol(symbol)
                elif word == b"bin":
                    place += max(int(number or 0), 0)
                elif word is not None:
                    self._word(word, int(number) if number else None)
        self._flush()
        self._paragraph()
        self._table()
        for number, note in enumerate(self._notes, start=1):
            self.builder.block(f"[{number}] {' '.join(''.join(note).split())}")

    def _raw(self, data: bytes) -> None:
        passed = min(self._pass_over, len(data))
        self._pass_over -= passed
        self._bytes += data[passed:]

    def _flush(self) -> None:
        if self._bytes:
            page = self._page if self._state.font is None else self._fonts.get(self._state.font)
            self._say(self._bytes.decode(page or self._page, errors="replace"))
            self._bytes.clear()

    def _say(self, text: str) -> None:
        if self._state.skip:
            return
        if self._state.defines == "title":
            self.title += text
        elif self._state.defines == "style":
            if named := _HEADING.match(text):
                self._headings[self._defined] = int(named[1])
        elif not self._state.defines:
            self._state.sink.append(raised(text) if self._state.is_raised else text)

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._outer) > _DEEPEST:
                raise IngestionError(f"its groups are nested more than {_DEEPEST} deep")
            self._outer.append(self._state)
        elif self._outer:
            self._state = self._outer.pop()
        self._starred = False

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = True
        elif symbol in b"\r\n":
            self._paragraph()
        else:
            self._say(SYMBOLS.get(symbol, ""))

    def _word(self, word: bytes, number: int | None) -> None:
        if self._starred:
            self._starred = False
            self._state = replace(self._state, skip=word not in READ)
        elif word in SKIPPED:
            self._state = replace(self._state, skip=True)
        if word in READ:
            self._state = replace(self._state, skip=False)
        if word in SAID:
            self._say(SAID[word])
        elif word in BREAKS:
            self._break(word)
        elif word in FAMILIES:
            self._page = FAMILIES[word]
        elif (change := _CHANGES.get(word)) is not None:
            change(self, 0 if number is None else number)
        elif word == b"v":
            self._state = replace(self._state, skip=number != 0)

    def _break(self, word: bytes) -> None:
        if self._state.skip:
            return
        if word == b"cell":
            self._cells.append("".join(self._state.sink).strip())
            self._state.sink.clear()
        elif word == b"row":
            self._rows.append(self._cells)
            self._cells = []
        elif self._state.in_table or self._state.sink in self._notes:
            self._state.sink.append("\n")
        else:
            self._paragraph()

    def _paragraph(self) -> None:
        """Add the paragraph that ends here."""
        text = (
            "".join(self._state.sink).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
        self._state.sink.clear()
        if not text.strip():
            return
        self._table()
        if self._state.heading:
            self.builder.heading(self._state.heading, text)
            self._in_list = False
            return
        item = "\t" in text[:8] and not text.startswith("\t")
        text = _BULLET.sub("- ", text).replace("\t", " ", 1) if item else text
        self.builder.block(text.strip(), tight=item and self._in_list)
        self._in_list = item

    def _table(self) -> None:
        if self._rows:
            self.builder.table(self._rows)
            self._rows = []
            self._in_list = False

    # -- what control words change ------------------------------------------------------------

    def _unicode(self, number: int) -> None:
        self._say(chr(number % 0x10000))
        self._pass_over = self._state.fallback

    def _font(self, number: int) -> None:
        self._defined = number
        self._state = replace(self._state, font=number)

    def _charset(self, number: int) -> None:
        if number in CHARSETS:
            self._fonts[self._defined] = CHARSETS[number]

    def _style(self, number: int) -> None:
        self._defined = number
        if not self._state.defines:
            self._state = replace(self._state, heading=self._headings.get(number, 0))

    def _outline(self, number: int) -> None:
        if self._state.defines == "style":
            self._headings[self._defined] = number + 1
        elif not self._state.defines and 0 <= number < 9:
            self._state = replace(self._state, heading=number + 1)

    def _note(self, _number: int) -> None:
        self._say(f"[{len(self._notes) + 1}]")
        self._notes.append([])
        self._state = replace(self._state, sink=self._notes[-1], in_table=False, heading=0)

    def _titled(self, _number: int) -> None:
        self.title = ""  # said twice, the second time in Unicode
        self._set(defines="title", skip=False)

    def _set(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def _set_page(self, number: int) -> None:
        self._page = code_page(number) or self._page

    def _set_font_page(self, number: int) -> None:
        if (page := code_page(number)) is not None:
            self._fonts[self._defined] = page


_CHANGES: dict[bytes, Callable[[_Parser, int], None]] = {
    b"u": _Parser._unicode,
    b"f": _Parser._font,
    b"fcharset": _Parser._charset,
    b"cpg": _Parser._set_font_page,
    b"ansicpg": _Parser._set_page,
    b"s": _Parser._style,
    b"outlinelevel": _Parser._outline,
    b"footnote": _Parser._note,
    b"uc": lambda parser, number: parser._set(fallback=number),
    b"deleted": lambda parser, number: parser._set(skip=True),
    b"plain": lambda parser, number: parser._set(font=None, is_raised=False),
    b"super": lambda parser, number: parser._set(is_raised=True),
    b"nosupersub": lambda parser, number: parser._set(is_raised=False),
    b"pard": lambda parser, number: parser._set(heading=0, in_table=False),
    b"intbl": lambda parser, number: parser._set(in_table=True),
    b"fonttbl": lambda parser, number: parser._set(defines="font"),
    b"stylesheet": lambda parser, number: parser._set(defines="style"),
    b"title": _Parser._titled,
}
