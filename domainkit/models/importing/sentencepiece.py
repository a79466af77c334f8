"""Reads a SentencePiece model (tokenizer.model) and makes a tokenizer of it, without its library.

The file is a protocol buffer; field numbers are those of google/sentencepiece,
src/sentencepiece_model.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import ModelError

_PURPOSE = "converting a tokenizer"
_SPACE = "▁"
_UNIGRAM = 1
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
# Wire types of a protocol buffer.
_NUMBER, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of the vocabulary; ``kind`` is SentencePiece's number."""

    text: str
    score: float
    kind: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A SentencePiece model: its words in order and how it prepares a text."""

    words: tuple[Piece, ...]
    unigram: bool
    charsmap: bytes
    dummy_prefix: bool
    squeeze: bool


def read(path: Path) -> Pieces:
    """Return the model in ``path``.

    Raises:
        ModelError: when it is no SentencePiece model.
    """
    words: list[Piece] = []
    unigram, charsmap, dummy, squeeze = True, b"", True, True
    try:
        for field, value in _fields(path.read_bytes()):
            if field == 1:
                words.append(_piece(value))
            elif field == 2:
                unigram = dict(_fields(value)).get(3, _UNIGRAM) == _UNIGRAM
            elif field == 3:
                about = dict(_fields(value))
                charsmap = about.get(2, b"")
                dummy, squeeze = bool(about.get(3, 1)), bool(about.get(4, 1))
    except (OSError, IndexError, struct.error, TypeError, UnicodeDecodeError, ValueError) as error:
        raise ModelError(
            f"{path}: not a SentencePiece model that can be read ({error})",
            hint="fetch tokenizer.model anew",
        ) from error
    if not words:
        raise ModelError(f"{path}: a SentencePiece model without words", hint="fetch it anew")
    return Pieces(tuple(words), unigram, charsmap, dummy, squeeze)


def tokenizer(pieces: Pieces, added: Sequence[str]) -> Any:
    """Return a tokenizer (of the library tokenizers) that reads texts as SentencePiece does.

    Args:
        pieces: the model.
        added: special tokens, which get the numbers after its words.
    """
    library = extras.load("tokenizers", needed_for=_PURPOSE)
    words = [piece.text for piece in pieces.words]
    unknown = next((i for i, p in enumerate(pieces.words) if p.kind == _UNKNOWN), 0)
    spelt = any(piece.kind == _BYTE for piece in pieces.words)
    if pieces.unigram:
        scored = [(piece.text, piece.score) for piece in pieces.words]
        model = library.models.Unigram(scored, unknown, spelt)
    else:
        model = library.models.BPE(
            {word: number for number, word in enumerate(words)},
            _merges(pieces),
            unk_token=words[unknown],
            fuse_unk=True,
            byte_fallback=spelt,
        )
    made = library.Tokenizer(model)
    made.normalizer = library.normalizers.Sequence(_prepared(library, pieces))
    made.decoder = library.decoders.Sequence(
        [
            library.decoders.Replace(_SPACE, " "),
            library.decoders.ByteFallback(),
            library.decoders.Fuse(),
            *([library.decoders.Strip(" ", 1, 0)] if pieces.dummy_prefix else []),
        ]
    )
    control = [piece.text for piece in pieces.words if piece.kind == _CONTROL]
    made.add_special_tokens(
        [library.AddedToken(word, normalized=False, special=True) for word in (*control, *added)]
    )
    return made


def _prepared(library: Any, pieces: Pieces) -> list[Any]:
    steps = []
    if pieces.charsmap:
        steps.append(library.normalizers.Precompiled(pieces.charsmap))
    if pieces.squeeze:
        steps.append(library.normalizers.Replace(library.Regex(" {2,}"), " "))
    if pieces.dummy_prefix:
        steps.append(library.normalizers.Prepend(_SPACE))
    return [*steps, library.normalizers.Replace(" ", _SPACE)]


def _merges(pieces: Pieces) -> list[tuple[str, str]]:
    """Return the pairs that make up each word, those of the best score first."""
    known = {p.text: n for n, p in enumerate(pieces.words) if p.kind == _NORMAL}
    found = [
        (-pieces.words[number].score, known[word[:cut]], known[word[cut:]], word, cut)
        for word, number in known.items()
        for cut in range(1, len(word))
        if word[:cut] in known and word[cut:] in known
    ]
    return [(word[:cut], word[cut:]) for *_, word, cut in sorted(found)]


def _piece(value: bytes) -> Piece:
    about = dict(_fields(value))
    return Piece(about[1].decode("utf-8"), float(about.get(2, 0.0)), int(about.get(3, _NORMAL)))


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each field of a message: an int, a float or bytes."""
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        field, wire = tag >> 3, tag & 7
        if wire == _NUMBER:
            value: Any
            value, at = _number(data, at)
        elif wire == _BYTES:
            length, at = _number(data, at)
            if at + length > len(data):
                raise ValueError("it is cut short")
            value, at = data[at : at + length], at + length
        elif wire in {_FOUR, _EIGHT}:
            code, size = ("<f", 4) if wire == _FOUR else ("<d", 8)
            (value,), at = struct.unpack_from(code, data, at), at + size
        else:
            raise ValueError(f"no protocol buffer: wire type {wire}")
        yield field, value


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return the variable-length number at ``at`` and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value, at = value | (byte & 127) << shift, at + 1
        if byte < 128:
            return value, at
        shift += 7
