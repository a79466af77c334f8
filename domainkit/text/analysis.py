"""Turns a text into the terms it is searched by.

English words lose case, accents, stop words and inflection (Snowball's English stemmer); Chinese
runs become overlapping pairs of characters, which on the project's Chinese benchmarks find more
than dictionary segmentation does (docs/decisions).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

from domainkit.text.language import HAN

_TOKEN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+", re.UNICODE)
_IS_HAN = re.compile(f"[{HAN}]")

# The English words that carry no subject, after Lucene's EnglishAnalyzer and the question words.
STOP_WORDS = frozenset(
    "a about am an and any are as at be been but by can could did do does for from had has have he"
    " her his how i if in into is it its me my no not of on or our shall she should so such that"
    " the their then there these they this those to us was we were what when where which who whom"
    " why will with would you your".split()
)


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """Return the search terms of ``text`` in order, repeated as often as they occur."""
    found: list[str] = []
    for token in _TOKEN.findall(fold(text)):
        if _IS_HAN.match(token):
            found.extend(_pairs(token))
        elif token not in STOP_WORDS:
            found.append(_stemmer().stemWord(token))
    return found


def fold(text: str) -> str:
    """Return ``text`` in lower case, compatibility forms unified, Latin accents removed."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFD", plain)
    stripped = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", stripped)


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [run[i : i + 2] for i in range(len(run) - 1)]
