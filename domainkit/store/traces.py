"""Looks for a text in every byte below a folder, however the bytes are written or packed."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Characters of a sample: long enough that no other text holds it by chance.
LENGTH = 40
_LETTERS = 8  # different ones at least: a line of dashes or a rule of a table proves nothing
_TRIES = 5  # for each sample that is wanted
_BLOCK = 1 << 24  # bytes read at once
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")


_Readable = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, slots=True)
class Trace:
    """A sample (its place among the samples) that was found in the file ``path``."""

    path: str
    sample: int


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched, and what was found there."""

    files: int
    size: int
    found: tuple[Trace, ...]

    @property
    def samples(self) -> set[int]:
        """The places of the samples that were found anywhere."""
        return {trace.sample for trace in self.found}


def samples(texts: Sequence[str], number: int, chance: random.Random) -> list[str]:
    """Return at most ``number`` different stretches of ``texts``, ``LENGTH`` characters each.

    A text that is shorter is taken whole. Stretches of hardly any letters are passed over: they
    stand in many texts.
    """
    found: dict[str, None] = {}
    lengths = [len(text) for text in texts]
    for _ in range(number * _TRIES if sum(lengths) else 0):
        (text,) = chance.choices(texts, lengths)
        start = chance.randrange(max(1, len(text) - LENGTH + 1))
        stretch = text[start : start + LENGTH]
        if len({c for c in stretch if c.isalnum()}) >= min(_LETTERS, len(stretch)):
            found.setdefault(stretch)
        if len(found) == number:
            break
    return list(found)


def search(folder: Path, texts: Sequence[str]) -> Search:
    """Return where below ``folder`` any of ``texts`` stands: as it is or as JSON writes it, in
    UTF-8, 16 or 32, within zip and gzip files too.
    """
    patterns = [(n, p) for n, text in enumerate(texts) for p in _written(text)]
    longest = max((len(pattern) for _, pattern in patterns), default=1)
    files = size = 0
    found: dict[Trace, None] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        files += 1
        size += path.stat().st_size
        name = path.relative_to(folder).as_posix()
        for block in _blocks(path, longest):
            found.update((Trace(name, n), None) for n, pattern in patterns if pattern in block)
    return Search(files, size, tuple(found))


def _written(text: str) -> set[bytes]:
    """Return the bytes that may stand for ``text``."""
    plain = {text, json.dumps(text, ensure_ascii=False)[1:-1]}
    return {
        form.encode(encoding, "surrogatepass") for form in plain for encoding in _ENCODINGS
    } | {json.dumps(text)[1:-1].encode()}


def _blocks(path: Path, overlap: int) -> Iterator[bytes]:
    """Yield the bytes of ``path``, and of what is packed in it, with an overlap."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        yield from _overlapping(file, overlap)
        file.seek(0)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                for name in packed.namelist():
                    with packed.open(name) as member:
                        yield from _overlapping(member, overlap)
        elif head[:2] == b"\x1f\x8b":
            file.seek(0)
            # Numbers of an index may begin so too: then there is nothing packed in them.
            with gzip.open(file) as unpacked, suppress(gzip.BadGzipFile, EOFError, zlib.error):
                yield from _overlapping(unpacked, overlap)


def _overlapping(file: _Readable, overlap: int) -> Iterator[bytes]:
    end = b""
    while block := file.read(_BLOCK):
        yield end + block
        end = (end + block)[-overlap:]
