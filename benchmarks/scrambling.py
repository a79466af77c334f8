"""Ways in which the text of a file comes out scrambled, done to text that reads well."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CHANCE = random.Random(20261126)  # noqa: S311


def _wrong_letters(text: str) -> str:
    """Name the characters of a font wrongly."""
    other = list(_LETTERS)
    _CHANCE.shuffle(other)
    mixed = "".join(other)
    return text.translate(str.maketrans(_LETTERS + _LETTERS.upper(), mixed + mixed.upper()))


def _no_letters(text: str) -> str:
    return "".join(chr(0xE000 + ord(c) % 2000) if c.isalnum() else c for c in text)


def _any_han(text: str) -> str:
    return re.sub("[\u4e00-\u9fff]", lambda _: chr(0x4E00 + _CHANCE.randrange(20900)), text)


# How it is done, and to text of which letters.
WAYS: dict[str, tuple[Callable[[str], str], str]] = {
    "a font that names its letters wrongly": (_wrong_letters, "latin"),
    "a font that names no letters": (_no_letters, "any"),
    "letters apart": (lambda t: re.sub(r"(?<=[A-Za-z])(?=[A-Za-z])", " ", t), "latin"),
    "words run together": (lambda t: re.sub(r"(?<=[A-Za-z,.]) (?=[A-Za-z])", "", t), "latin"),
    "UTF-8 read as Latin-1": (lambda t: t.encode().decode("latin-1"), "han"),
    "GB18030 read as Latin-1": (lambda t: t.encode("gb18030").decode("latin-1"), "han"),
    "GB18030 read as Big5": (lambda t: t.encode("gb18030").decode("big5", "replace"), "han"),
    "a Chinese font that names its characters wrongly": (_any_han, "han"),
}


def fits(text: str, kind: str) -> bool:
    """Return whether ``text`` has enough of the letters that a way is done to."""
    han = len(re.findall("[\u4e00-\u9fff]", text))
    words = len(re.findall("[A-Za-z]{2,}", text))
    if kind == "han":
        return han >= 100
    return words >= 80 and han <= words if kind == "latin" else words >= 80 or han >= 100
