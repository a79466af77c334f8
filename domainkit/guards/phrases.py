"""Finds a pack's phrases in a text, as ``domainkit.packs.schemas.guards`` defines them.

English is read as words, Chinese as characters; both are folded and lose their apostrophes. The
ends of clauses and sentences are kept as marks, so that a denial reaches only into its own clause
and a gap only into its own sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.phrases import GAP, GAP_REACH, NEGATION_REACH
from domainkit.text.analysis import fold
from domainkit.text.language import HAN
from domainkit.text.neutral import disarm

Lists = Mapping[Language, Sequence[str]]

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`]")
# Marks that no disarmed text holds.
_CLAUSE, _SENTENCE = "\x01", "\x02"
_SENTENCE_END = re.compile(r"[!?;。！？；\n]+|[.…]+(?!\d)")
_CLAUSE_END = re.compile(r"[,:()\[\]，：、（）—–]+|\s-+\s")
_TOKEN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+|[{_CLAUSE}{_SENTENCE}]")
_WORDS = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+\*?")
_WORD = f"[^ {_CLAUSE}{_SENTENCE}]+"
_SPACE = f"(?: {_CLAUSE})* "
_LOOK_BACK = 80  # characters before a phrase in which its negation is looked for


@dataclass(frozen=True, slots=True)
class Haystack:
    """A text in the form each language's phrases are looked for in."""

    forms: Mapping[Language, str]

    @classmethod
    def of(cls, text: str) -> Self:
        """Return ``text`` ready to be searched; what a reader cannot see in it is gone."""
        plain = _APOSTROPHES.sub("", fold(disarm(text)))
        marked = _CLAUSE_END.sub(f" {_CLAUSE} ", _SENTENCE_END.sub(f" {_SENTENCE} ", plain))
        words = " ".join(_TOKEN.findall(marked))
        return cls({"en": f" {words} ", "zh": "".join(marked.split())})

    def holds(self, lists: Lists) -> str:
        """Return the first phrase found of any language's list, as the text has it; else empty."""
        for language, phrases in lists.items():
            if found := self.search(phrases, language):
                return found
        return ""

    def search(
        self, phrases: Sequence[str], language: Language, *, but: Sequence[str] = ()
    ) -> str:
        """Return what is found of ``phrases``, unless one of ``but`` stands directly before it."""
        form = self.forms[language]
        # Most lists have nothing in a text, and to compile one takes a thousand times as long.
        if not any(part in form for part in _parts(tuple(phrases), language)):
            return ""
        negation = _before(tuple(but), language) if but else None
        for found in _any(tuple(phrases), language).finditer(form):
            before = form[max(0, found.start() - _LOOK_BACK) : found.start()]
            if negation is None or not negation.search(before):
                return found[0].strip()
        return ""


def sentences(text: str) -> list[str]:
    """Return the sentences of a question, however carelessly it is punctuated."""
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def clauses(sentence: str) -> list[str]:
    """Return the clauses of a sentence."""
    return [part for part in _CLAUSE_END.split(sentence) if part.strip()]


@lru_cache(maxsize=1024)
def _any(phrases: tuple[str, ...], language: Language) -> re.Pattern[str]:
    patterns = "|".join(_pattern(phrase, language) for phrase in phrases)
    return re.compile(f"(?<= )(?:{patterns})(?= )" if language == "en" else patterns)


@lru_cache(maxsize=1024)
def _parts(phrases: tuple[str, ...], language: Language) -> frozenset[str]:
    """Return of each phrase its longest part that stands in every text that has the phrase."""
    return frozenset(
        max((word.rstrip("*") for word in _literals(phrase, language)), key=len, default="")
        for phrase in phrases
    )


def _literals(phrase: str, language: Language) -> Iterator[str]:
    for part in _plain(phrase).split(GAP):
        yield from _WORDS.findall(part) if language == "en" else ("".join(part.split()),)


@lru_cache(maxsize=64)
def _before(phrases: tuple[str, ...], language: Language) -> re.Pattern[str]:
    """Return what finds one of ``phrases`` at the end of a text, at most its reach away."""
    reach = NEGATION_REACH[language]
    patterns = "|".join(_pattern(phrase, language) for phrase in phrases)
    if language == "en":
        return re.compile(f"(?<= )(?:{patterns})(?: {_WORD}){{0,{reach}}} $")
    return re.compile(f"(?:{patterns})[^{_CLAUSE}{_SENTENCE}]{{0,{reach}}}$")


def _pattern(phrase: str, language: Language) -> str:
    reach = GAP_REACH[language]
    parts = _plain(phrase).split(GAP)
    if language == "en":
        gap = f"{_SPACE}(?:{_WORD}{_SPACE}){{0,{reach}}}?"
        return gap.join(_SPACE.join(_words(part)) for part in parts)
    return f"[^{_SENTENCE}]{{0,{reach}}}?".join(re.escape("".join(p.split())) for p in parts)


def _plain(phrase: str) -> str:
    return _APOSTROPHES.sub("", fold(phrase))


def _words(part: str) -> Iterable[str]:
    """Yield a pattern for each word of an English phrase."""
    for word in _WORDS.findall(part):
        yield f"{word[:-1]}{_WORD[:-1]}*" if word.endswith("*") else word
