"""Bytes become text in the encoding they were written in, and offsets survive what is removed."""

from __future__ import annotations

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion.text import decode, tidy, without
from domainkit.types import Document, Section, Span

ZH = "第一条 为了保护消费者的合法权益，维护公平的市场秩序，根据有关法律的规定，制定本条例。"
ZH_TRADITIONAL = (
    "第一條 為了保護消費者的合法權益，維護公平的市場秩序，根據有關法律的規定，制定本條例。"
)
JA = "これは日本語の文章です。患者はまず水を飲んでください。そして医師に相談してください。"
EN = "The tenant’s deposit — at most £1,200 — is returned within 14 days. Café façade, naïve."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (EN, "utf-8"),
        (EN, "utf-8-sig"),
        (EN, "utf-16"),
        (EN, "utf-32"),
        (EN, "cp1252"),
        ("plain ASCII, twelve words and no more", "utf-16-le"),
        ("plain ASCII, twelve words and no more", "utf-16-be"),
        (ZH, "utf-8"),
        (ZH, "gb18030"),
        (ZH, "gbk"),
        (ZH, "utf-16"),
        (ZH_TRADITIONAL, "big5"),
        (JA, "shift_jis"),
    ],
)
def test_a_file_is_read_in_its_own_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_line_breaks_are_line_feeds() -> None:
    assert decode(b"one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


def test_a_slip_in_a_utf8_file_costs_one_character() -> None:
    data = (ZH * 4).encode() + b"\xff" + ZH.encode()
    assert decode(data) == ZH * 4 + "\ufffd" + ZH


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\x7fELF\x01\x02\x00\x00\x00" * 50])
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(IngestionError, match="binary data, not text"):
        decode(data)


def test_a_damaged_text_names_the_byte() -> None:
    with pytest.raises(IngestionError, match="damaged at byte"):
        decode(b"\xff\xfe" + "abc".encode("utf-16-le") + b"\x00")


def test_forbidden_characters_become_spaces_one_for_one() -> None:
    text = "a\x00b\x1b[31mc\ud800d"
    assert tidy(text) == "a b [31mc d"
    assert len(tidy(text)) == len(text)


def test_what_is_taken_out_moves_what_follows() -> None:
    text = "head DROP body one DROP body two"
    document = Document(
        id="d",
        source="a.txt",
        title="t",
        text=text,
        sections=(Section(("one",), Span(10, 19)), Section(("two",), Span(24, 32))),
        pages=(Span(0, 19), Span(19, 32)),
    )
    cleaned = without(document, [Span(5, 10), Span(19, 24)])
    assert cleaned.text == "head body one body two"
    assert [s.span.of(cleaned.text) for s in cleaned.sections] == ["body one ", "body two"]
    assert [p.of(cleaned.text) for p in cleaned.pages] == ["head body one ", "body two"]
    assert without(document, []) is document
