"""Reads the names of a statement: of people, bodies, drugs, laws, in capitals or in brackets."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from domainkit.text.analysis import fold
from domainkit.text.language import HAN

_ACRONYM = r"[a-z]{0,2}[A-Z][A-Za-z]*[A-Z][A-Za-z]*"
_CAPITAL = r"[A-Z][a-z]{2,}"
_NAME = re.compile(
    rf"(?<![\w-])(?P<acronym>{_ACRONYM})(?![\w])"
    # A capital begins a sentence too, and is no name there.
    rf"|(?<=[a-z0-9,;)%’'] )(?P<capital>{_CAPITAL})(?!\w)"
    rf"|(?<=[{HAN}])\s?(?P<latin>[A-Za-z]{{4,}})(?![A-Za-z])"
    r"|《(?P<title>[^《》]{2,60})》"
)
_RUN = re.compile(rf"{_CAPITAL}(?:[ -](?:of|for|and|the|in)?[ ]?{_CAPITAL}){{1,7}}")
_WORD = re.compile(f"[^\\W_{HAN}]+")
# Capitalised, and no one's name.
_NONE = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december article section chapter part act code"
    " table figure appendix annex dose source".split()
)


@lru_cache(maxsize=4096)
def names(text: str) -> frozenset[str]:
    """Return the names in ``text``, folded; a title keeps its words together."""
    plain = unicodedata.normalize("NFKC", text)
    found = (fold(next(filter(None, match.groups()), "")) for match in _NAME.finditer(plain))
    return frozenset(name for name in found if name and name not in _NONE)


@lru_cache(maxsize=4096)
def called(text: str) -> frozenset[str]:
    """Return every word of ``text``, folded, and the initials of its capitalised runs.

    A name that stands here is known to the text: "WHO" to one that has "World Health
    Organization", and the other way round.
    """
    plain = unicodedata.normalize("NFKC", text)
    words = {fold(word) for word in _WORD.findall(plain)}
    spelt = {initials for run in _RUN.findall(plain) for initials in _initials(run)}
    return frozenset(words | spelt | {word.removesuffix("s") for word in words})


def _initials(run: str) -> list[str]:
    """Return the initials of a capitalised run, and of what is left of it: "The" may begin it."""
    letters = "".join(word[0] for word in re.findall(_CAPITAL, run)).lower()
    return [letters[i:] for i in range(len(letters) - 1)]


def unknown(text: str, known: frozenset[str], *texts: str) -> frozenset[str]:
    """Return the names of ``text`` that are not among the ``called`` words of others' texts."""
    spelt = {
        fold(word)
        for run in _RUN.findall(unicodedata.normalize("NFKC", text))
        if known.intersection(_initials(run))
        for word in _WORD.findall(run)
    }
    return frozenset(
        name
        for name in names(text) - spelt
        if not (name in known or name.removesuffix("s") in known or any(name in t for t in texts))
    )
