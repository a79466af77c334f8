"""Bytes to text, and text with parts taken out while every offset stays true."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from domainkit import extras
from domainkit.errors import IngestionError
from domainkit.types import Document, Section, Span

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_EAST_ASIAN = ("gb18030", "big5", "shift_jis")

# The commonest characters of running Chinese (simplified, then traditional where it differs) and
# of Japanese. Text decoded rightly is a quarter of these or more; decoded wrongly, next to none.
COMMON = frozenset(
    "的一是在不了有和人中大上我以要他用生到作地于出就分成可主年同工也能下子面而方多定行学法所民得"
    "这为个国时来们对会发动过说产种后经与应当规这為個國時來們對會發動過說產種後經與應當規"
    "のにはをたがでてとしれさるいもなすから，。、：；！？（）《》“”「」"
)
_COMMON_SHARE = 0.15

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY_SHARE = 0.01
# What no text should hold: control characters (but tab, newline, form feed), lone surrogates.
_BAD = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_NEWLINE = re.compile(r"\r\n?")


def decode(data: bytes) -> str:
    """Return the text of a file, its line breaks as line feeds, whatever its encoding.

    Raises:
        IngestionError: when the bytes are not text, or their encoding cannot be told.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return tidy(_strict(data, encoding))
    if wide := _wide(data[:4096]):
        return tidy(_strict(data, wide))
    if len(_BINARY.findall(data[:8192])) > _BINARY_SHARE * len(data[:8192]):
        raise IngestionError("it holds binary data, not text")
    for attempt in (_utf8, _east_asian, _detected):
        text = attempt(data)
        if text is not None:
            return tidy(text)
    raise IngestionError(
        "its text encoding cannot be told", hint="save it as UTF-8 and ingest it again"
    )


def tidy(text: str) -> str:
    """Return ``text`` with line breaks as line feeds and each forbidden character as one space."""
    if "\r" in text:
        text = _NEWLINE.sub("\n", text)
    return _BAD.sub(" ", text) if _BAD.search(text) else text


def without(document: Document, spans: Sequence[Span]) -> Document:
    """Return ``document`` with ``spans`` taken out of its text, sections and pages following.

    Args:
        document: what a reader made.
        spans: in order, not overlapping.
    """
    return replaced(document, [(span, "") for span in spans])


def replaced(document: Document, edits: Sequence[tuple[Span, str]]) -> Document:
    """Return ``document`` with other words in place of spans, sections and pages following.

    A section or page that begins or ends within a span does so behind what stands there now.

    Args:
        document: what a reader made.
        edits: spans, in order, not overlapping, and what stands in place of each.
    """
    if not edits:
        return document
    last, text = 0, list[str]()
    for span, words in edits:
        text += (document.text[last : span.start], words)
        last = span.end
    text.append(document.text[last:])
    starts = [span.start for span, _ in edits]
    grown = [0, *accumulate(len(words) - len(span) for span, words in edits)]

    def moved(offset: int) -> int:
        before = bisect_left(starts, offset)
        inside = max(0, edits[before - 1][0].end - offset) if before else 0
        return offset + grown[before] + inside

    def follow(span: Span) -> Span:
        return Span(moved(span.start), moved(span.end))

    return replace(
        document,
        text="".join(text),
        sections=tuple(Section(s.path, follow(s.span), s.page) for s in document.sections),
        pages=tuple(follow(page) for page in document.pages),
    )


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise IngestionError(
            f"it begins as {encoding} text but is damaged at byte {error.start}"
        ) from error


def _wide(head: bytes) -> str | None:
    """Return the UTF-16 order of text without a mark: ASCII leaves a zero in every pair."""
    pairs = len(head) // 2
    for zeros, encoding in ((head[1::2], "utf-16-le"), (head[0::2], "utf-16-be")):
        if pairs >= 4 and zeros.count(0) > pairs * 0.3 > head.count(0) - zeros.count(0):
            return encoding
    return None


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    # A slip of the pen in a UTF-8 file, as against a file in another encoding.
    wide = sum(1 for c in text if c > "\x7f")
    return text if text.count("\ufffd") * 20 <= wide else None


def _east_asian(data: bytes) -> str | None:
    best, text = _COMMON_SHARE, None
    for encoding in _EAST_ASIAN:
        try:
            candidate = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        wide = [c for c in candidate[:20_000] if c > "\x7f"]
        share = sum(c in COMMON for c in wide) / len(wide) if wide else 0.0
        if share > best:
            best, text = share, candidate
    return text


def _detected(data: bytes) -> str | None:
    library = extras.load("charset_normalizer", needed_for="reading text that is no UTF-8")
    match = library.from_bytes(data[:100_000]).best()
    if match is None:
        return None
    try:
        return data.decode(match.encoding)
    except UnicodeDecodeError:
        return None
