"""Looks a reference up among the works a pack knows: is there such an article, and in force?"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date

from domainkit.packs.schemas.works import Work
from domainkit.text import numerals
from domainkit.text.analysis import fold
from domainkit.types import Reference, Resolution

# "中华人民共和国" before a law's name, and which wording it is, say nothing about which law it is.
_PREFIX = "中华人民共和国"
_WORDING = re.compile(
    r"[（(][^（）()]{0,20}(?:修正|修订|修改|虚构|fictional|as amended)[^（）()]{0,20}[）)]"
)
_LEADING_NUMBER = re.compile(r"\d+")
# How alike a name that nobody knows has to be to the one that was meant: two wrong characters of
# ten in 《消费者权宜保护法》 are, 《合同法》 and 《公司法》 are not.
_MEANT = 0.8


class Works:
    """The works of one pack, by every name they go by."""

    def __init__(self, works: Mapping[str, Work]) -> None:
        """Know ``works``, and their parts by name."""
        self._works = {key(name): work for work in works.values() for name in work.names}
        self._parts = {
            key(part): (work, bounds)
            for work in works.values()
            for part, bounds in work.parts.items()
        }
        self.names = tuple(
            form
            for work in works.values()
            for name in work.names
            for form in ((name,) if name.isascii() else (name, _PREFIX + name))
        )

    def resolve(self, reference: Reference, as_of: date | None) -> Resolution:
        """Return what ``reference`` comes to on ``as_of``, by its newest wording without a day."""
        day = as_of or date.max
        part = self._parts.get(key(reference.title))
        work = part[0] if part else self._works.get(key(reference.title))
        if work is None:
            return Resolution("unknown", facts=self._meant(reference.title))
        if work.repealed and work.repealed <= day:
            facts = {"until": work.repealed.isoformat(), "by": work.replaced_by or ""}
            return Resolution("repealed", facts=facts)
        wording = next((w for w in reversed(work.wordings) if w.since <= day), None)
        if wording is None:
            return Resolution("pending", facts={"since": work.wordings[0].since.isoformat()})
        first, last = part[1] if part else (1, wording.numbers)
        number = number_of(reference)
        if number is not None and not first <= number <= last:
            return Resolution("absent", facts={"first": str(first), "last": str(last)})
        return Resolution("found")

    def _meant(self, title: str) -> Mapping[str, str]:
        """Return the name that ``title`` misspells; nothing where that is not certain."""
        names = {key(name): name for name in reversed(self.names)}
        close = difflib.get_close_matches(key(title), names, n=2, cutoff=_MEANT)
        works = {id(self._works[name]) for name in close}
        return {"title": names[close[0]]} if len(works) == 1 else {}


def number_of(reference: Reference) -> int | None:
    """Return the number a reference names: 6 of "6(1)(b)", 1087 of 一千零八十七; None without."""
    written = reference.fields.get("number") or ""
    if leading := _LEADING_NUMBER.match(written):
        return int(leading[0])
    return numerals.exact(written) if written else None


def key(title: str) -> str:
    """Return what two spellings of one title have in common."""
    plain = _WORDING.sub("", fold(title)).strip().removeprefix("the ")
    return re.sub(r"[\W_]+", "", plain).removeprefix(_PREFIX)


def alike(title: str, other: str) -> bool:
    """Return whether two titles may name one work: one is a part of the other."""
    mine, theirs = key(title), key(other)
    return bool(mine and theirs) and (mine in theirs or theirs in mine)
