"""Says whether a statement is of the people that a question asks about.

What holds for men, for adults or outside pregnancy answers nobody who asks for women, for a child
or for a pregnant woman. A statement that names both, or nobody, is of anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domainkit.text import ages
from domainkit.text.analysis import fold

_GROWN = 18  # years
_NOT_PREGNANT = re.compile(
    r"\b(?:not|non|never|isn't|aren't)[ -]?(?:currently )?pregnan\w*"
    r"|非妊娠|非孕|未孕|[未没](?:有)?怀孕"
)
_GROUPS = {
    "pregnant": re.compile(r"pregnan|妊娠|怀孕|孕妇|孕期|[早中晚]孕|孕[早中晚]"),
    "women": re.compile(r"\bwom[ae]n\b|\bgirls?\b|\bfemales?\b|女性|妇女|女子"),
    "men": re.compile(r"\bm[ae]n\b|\bboys?\b|\bmales?\b|男性|男子"),
    "child": re.compile(
        r"\bchild(?:ren)?\b|\binfants?\b|\bbab(?:y|ies)\b|\btoddlers?\b|\bnewborns?\b|\bkids?\b"
        r"|\bgirls?\b|\bboys?\b"
        r"|儿童|小儿|婴儿|幼儿|孩子|宝宝|新生儿|小孩|未成年"
    ),
    "adult": re.compile(r"\badults?\b|\bwom[ae]n\b|\bm[ae]n\b|成人|(?<!未)成年人|妇女|孕妇"),
}
_OPPOSITES = (("pregnant", "not pregnant"), ("women", "men"), ("child", "adult"))

_FEW = frozenset(("pregnant", "child"))  # most texts are of the others, named or not


@dataclass(frozen=True, slots=True)
class People:
    """Whom a text is of: a person's ``age`` in years, if it gives one, and ``groups``."""

    age: float | None
    groups: frozenset[str]


def asked(question: str) -> People:
    """Return whom ``question`` asks about; an age puts a person among children or adults."""
    age, groups = ages.asked(question), _groups(question)
    if age is not None:
        groups = groups - {"child", "adult"} | {"child" if age < _GROWN else "adult"}
    return People(age, groups)


def excluded(people: People, statement: str) -> bool:
    """Return whether ``statement`` is of others than ``people``."""
    if people.age is not None and ages.excluded(people.age, statement):
        return True
    told = _groups(statement)
    return any(
        _only(people.groups, one, other) and _only(told, other, one)
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )


def included(people: People, statement: str) -> bool:
    """Return whether ``statement`` names ``people``, and not others."""
    if excluded(people, statement):
        return False
    aged = people.age is not None and bool(ages.named(statement))
    return aged or bool(people.groups & _groups(statement) & _FEW)


def told(statements: Iterable[str]) -> Iterator[str]:
    """Yield for each of ``statements``, in order, the one that says whom it is of.

    That is itself, or the last one before it that names anybody: "Adults take 1 tablet. The label
    allows no more than 6."
    """
    last = ""
    for statement in statements:
        last = statement if ages.named(statement) or _groups(statement) else last or statement
        yield last


def _groups(text: str) -> frozenset[str]:
    folded = fold(text)
    rest, denied = _NOT_PREGNANT.subn(" ", folded)
    found = {name for name, form in _GROUPS.items() if form.search(rest)}
    return frozenset(found | {"not pregnant"} if denied else found)


def _only(groups: frozenset[str], one: str, other: str) -> bool:
    return one in groups and other not in groups
