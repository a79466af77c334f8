"""Finds in texts what a glossary could hold: abbreviations with what they stand for, other names.

Nothing found here is believed: a person takes or leaves it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domainkit.text.language import HAN

_ABBREVIATED = re.compile(
    r"(?P<before>[^()\n]{2,200}?)\s*[(（](?P<inside>[^()（）\n]{2,100})[)）]"
)
_SHORT = re.compile(r"(?=.*[A-Z])[A-Za-z0-9][A-Za-z0-9&/-]{1,9}")
_LETTERS = re.compile(r"[A-Za-z0-9]")
_WORD = r"[A-Za-z][\w'-]*"
_ALSO = re.compile(
    rf"(?P<one>{_WORD}(?: {_WORD}){{0,2}})\s?[,(]\s?(?:also|commonly|sometimes|otherwise) "
    r"(?:known as|called|referred to as) (?:the |an? )?[\"“]?"
    rf"(?P<other>{_WORD}(?: {_WORD}){{0,3}})[\"”]?\s?[,).;]"
)
# "（以下简称“甲方”）", "肺炎又称…": what is named anew stands before, as far as the last mark.
_ZH_SHORT = re.compile(
    rf"(?P<one>[{HAN}]{{3,24}})[（(](?:以下)?简称[：:]?[“\"]?(?P<other>[{HAN}]{{2,10}})[”\"]?[）)]"
)
_ZH_LATIN = re.compile(rf"(?P<one>[{HAN}]{{3,16}})[（(](?P<other>[A-Z][A-Za-z0-9-]{{1,9}})[）)]")
_ZH_ALSO = re.compile(
    rf"(?P<one>[{HAN}]{{2,8}})[，（(]?(?:又称|又名|俗称|也称|亦称)为?[“\"]?"
    rf"(?P<other>[{HAN}]{{2,8}})[”\"]?[，。；、）)]"
)
# A Chinese name begins behind the last of these; 共和国, a republic, is one word.
_JOINS = re.compile("根据|依[照据]|按照|(?<!共)和|[的是为或与对在有及患即指将由把被从向以称叫]")
_GENERAL = frozenset(
    "it this that these those they which who and or the a an is are was be".split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term, what else it seems to be called, where that stands first, and how often.

    ``senses`` are all readings that were found; more than one means that a person must choose.
    """

    term: str
    senses: tuple[str, ...]
    place: str
    times: int


def candidates(texts: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Return what ``texts``, each behind its place, say of names, the most frequent first."""
    senses: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[str, str] = {}
    for place, text in texts:
        for term, meaning in pairs(text):
            if term.casefold() != meaning.casefold():
                senses[term][_plain(meaning)] += 1
                places.setdefault(term, place)
    made = [
        Candidate(term, _distinct(found), places[term], found.total())
        for term, found in senses.items()
    ]
    return sorted(made, key=lambda one: (-one.times, one.term))


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield every (term, what else it is called) that ``text`` says in so many words."""
    for match in _ABBREVIATED.finditer(text):
        before, inside = match["before"], match["inside"].strip()
        if _SHORT.fullmatch(inside) and (long := expansion(inside, before)):
            yield inside, long
        last = (before.split() or [""])[-1]
        if _SHORT.fullmatch(last) and " " in inside and expansion(last, inside) == inside:
            yield last, inside
    for match in _ALSO.finditer(text):
        if not _GENERAL & {match["one"].split()[-1].lower(), match["other"].split()[0].lower()}:
            yield match["other"], _tail(match["one"])
    for pattern in (_ZH_SHORT, _ZH_LATIN, _ZH_ALSO):
        for match in pattern.finditer(text):
            long = _JOINS.split(match["one"])[-1]
            if len(long) > 1:
                yield match["other"], long


def expansion(short: str, before: str) -> str:
    """Return the words at the end of ``before`` that ``short`` abbreviates; empty when none do.

    Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical
    text", PSB 2003: the letters are sought from the right, the first must begin a word.
    """
    words = before.split()[-min(len(short) + 5, 2 * len(short)) :]
    text = " ".join(words)
    at = len(text)
    for letter in reversed(_LETTERS.findall(short)):
        at = text.lower().rfind(letter.lower(), 0, at)
        if at < 0:
            return ""
    while at > 0 and (text[at - 1].isalnum() or text[at].lower() != short[0].lower()):
        at = text.lower().rfind(short[0].lower(), 0, at)
        if at < 0:
            return ""
    long = text[at:].strip(" ,;:")
    return long if len(long) > len(short) and short not in long.split() else ""


def _tail(words: str) -> str:
    """Return what the words in front of "also called" name: not what leads up to it."""
    kept = words.split()
    while len(kept) > 1 and kept[0].lower() in _GENERAL | {"of", "in", "for", "with", "have"}:
        kept = kept[1:]
    return " ".join(kept)


def _plain(meaning: str) -> str:
    """Return one form of what differs in case at its beginning only."""
    first, space, rest = meaning.partition(" ")
    return (first.lower() if first[1:].islower() else first) + space + rest


def _distinct(found: Counter[str]) -> tuple[str, ...]:
    """Return the readings, the most frequent first; a plural is no other one."""
    kept: dict[str, str] = {}
    for meaning, _ in found.most_common():
        kept.setdefault(re.sub(r"s\b", "", meaning.casefold()), meaning)
    return tuple(kept.values())
