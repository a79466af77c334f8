"""Turns a text into the terms it is searched by.

English words lose case, accents, stop words and inflection (a list of irregular forms, then
Snowball's English stemmer). Chinese
runs become overlapping pairs of characters; the index holds the single characters as well, which
on the project's Chinese benchmarks finds more than dictionary segmentation
(``docs/decisions/lexical-engine.md``).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import Stemmer

from domainkit.text.irregular import BASES
from domainkit.text.language import HAN

# Written into every index; one made by another version of this module is stale.
VERSION = "7"

_TOKEN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+", re.UNICODE)
_IS_HAN = re.compile(f"[{HAN}]")

# The English words that carry no subject, after Lucene's EnglishAnalyzer; the words questions are
# made of; and a few verbs of all work, which a small corpus would take for rare words.
STOP_WORDS = frozenset(
    "a about am an and any are as at be been but by can could did do does doing done for from get"
    " gets getting got had happen happens has have he her his how i if in into is it its long many"
    " may me might much must my no not of often on or our shall she should so such tell tells that"
    " the their then there these they this those to up us was we were what when where which who"
    " whom why will with would you your".split()
)

# Chinese words that only ask. They are cut out before a run is divided, so that no pair is made
# of them: nDCG@10 .2252 -> .2328 on zh_medical_qa, .4425 -> .4427 on stard_zh. Single particles
# stay: leaving them out gains nothing there, and 吗 also begins 吗啡, morphine.
_ASKING = re.compile(
    "怎么办|怎么样|什么样|有没有|是不是|能不能|会不会|请问|求问|怎么|什么|为什么|为何|如何|谢谢"
)


class _Stemmers(threading.local):
    """A stemmer a thread: PyStemmer's objects must not be shared."""

    def __init__(self) -> None:
        self.stem = Stemmer.Stemmer("english").stemWord


_STEMMERS = _Stemmers()


def terms(text: str) -> list[str]:
    """Return the terms of ``text`` in order, repeated as often as they occur.

    A Chinese run of one character is that character; a longer one gives its pairs.
    """
    return _terms(_tokens(text))


def index_terms(text: str) -> list[str]:
    """Return what an index holds of ``text``: its terms and, of Chinese, each character too."""
    tokens = _tokens(text)
    found = _terms(tokens)
    for token in tokens:
        if len(token) > 1 and _IS_HAN.match(token):
            found.extend(token)
    return found


def _terms(tokens: Sequence[str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if len(token) > 1 and _IS_HAN.match(token):
            found.extend(token[i : i + 2] for i in range(len(token) - 1))
        else:
            found.append(token)
    return found


def _tokens(text: str) -> list[str]:
    """Return stemmed words and whole runs of Chinese, without stop words."""
    found: list[str] = []
    stem = _STEMMERS.stem
    for token in _TOKEN.findall(_ASKING.sub(" ", fold(text))):
        if _IS_HAN.match(token):
            found.append(token)
        elif token not in STOP_WORDS:
            found.append(stem(BASES.get(token, token)))
    return found


def fold(text: str) -> str:
    """Return ``text`` in one form: lower case, compatibility forms unified, Latin accents removed.

    Traditional characters become simplified ones, so that either finds the other.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFD", plain)
    stripped = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", stripped).translate(_simplified())


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Return the simplified form of each traditional character, from ``traditional.txt``."""
    text = Path(__file__).with_name("traditional.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {ord(pair[0]): pair[1] for line in lines for pair in line.split()}
