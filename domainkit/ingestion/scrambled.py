"""Tells text that came out scrambled: no reader fails on it, and no question finds it.

Each sign is a share of characters or words that no running text in a living language reaches.
The shares were chosen on real files, as they are and scrambled in seven ways;
``benchmarks/fidelity.py`` measures them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from domainkit.ingestion.text import COMMON

# How much of a document is looked at: pages are scrambled as a whole, so three places tell.
_SAMPLE = 6_000
# Less text than this shows nothing.
_LEAST_UNNAMED = 20
_LEAST_HAN = 60
_LEAST_LETTERS = 200

_WORD = re.compile(r"[^\W\d_]+")
# Letters that stand apart; those in the cells of a table do not.
_APART = re.compile(r"(?:\b[^\W\d_] {1,2}){3,}")
_UNNAMED = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff\x80-\x9f]+")
_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z]+")
_FREQUENT = "etaoinsrhlETAOINSRHL"
_ACCENTED = re.compile("[\u00a1-\u00ff]+")
_WIDE = re.compile("[\u0370-\uffff]+")

_MOST_UNNAMED = 0.02
# In Latin-script languages the ten letters of "etaoinsrhl" make two thirds of all; through a
# font that names its characters wrongly, about ten in twenty-six.
_LEAST_FREQUENT = 0.54
_MOST_ACCENTED = 0.35
_MOST_APART = 0.4
_LONGEST_WORD = 24
_MOST_LONG = 0.04
_LEAST_COMMON = 0.08


def signs(text: str) -> list[str]:
    """Return what makes ``text`` look scrambled, in words; nothing for text that reads well."""
    return list(_signs(_sample(text)))


def _sample(text: str) -> str:
    if len(text) <= 3 * _SAMPLE:
        return text
    middle = len(text) // 2
    return "\n".join((text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]))


def _signs(text: str) -> Iterator[str]:
    said = len(text) - text.count(" ") - text.count("\n")
    words = _WORD.findall(text)
    unnamed = _count(_UNNAMED, text)
    if unnamed > _MOST_UNNAMED * said and unnamed >= _LEAST_UNNAMED:
        yield f"{unnamed / said:.0%} of its characters have no meaning"
    han = _HAN.findall(text)
    if len(han) >= _LEAST_HAN:
        common = sum(character in COMMON for character in han) / len(han)
        if common < _LEAST_COMMON:
            yield f"only {common:.0%} of its Chinese characters are common ones"
    latin = _count(_LATIN, text)
    accented = _count(_ACCENTED, text)
    if latin + accented < _LEAST_LETTERS or latin + accented < _count(_WIDE, text):
        return
    if accented > _MOST_ACCENTED * (latin + accented):
        share = accented / (latin + accented)
        yield f"{share:.0%} of its letters are accented, as in a wrong encoding"
        return
    letters = "".join(word for word in words if len(word) > 2 and word.isascii())
    frequent = sum(map(letters.count, _FREQUENT)) / max(len(letters), 1)
    if len(letters) > _LEAST_LETTERS and frequent < _LEAST_FREQUENT:
        yield f"its letters are distributed as in no language ({frequent:.0%} are frequent ones)"
    apart = sum(len(run[0].split()) for run in _APART.finditer(text)) / len(words)
    if apart > _MOST_APART:
        yield f"{apart:.0%} of its words are single letters"
    long = sum(len(word) > _LONGEST_WORD for word in words) / len(words)
    if long > _MOST_LONG:
        yield f"{long:.0%} of its words run together"


def _count(characters: re.Pattern[str], text: str) -> int:
    """Return how many characters of ``text`` stand in runs that a pattern finds."""
    return sum(map(len, characters.findall(text)))
