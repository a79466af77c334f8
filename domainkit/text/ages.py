"""Says whether a statement is of the age that a question asks about.

"An eight-year-old" is none of the "children of 9 to 11 years". Ages are in years.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen"
).split()
_COUNTED = {word: number for number, word in enumerate(_WORDS, 1)}
_NUMBER = rf"(\d{{1,3}}|{'|'.join(_WORDS)})"
_ASKED = (
    re.compile(rf"\b{_NUMBER}[ -](year|month)s?[ -]old\b", re.IGNORECASE),
    re.compile(
        r"\b(?:child|children|boys?|girls?|kids?|someone|wom[ae]n|m[ae]n|adults?|patients?)"
        rf" (?:of|aged) {_NUMBER}(?: (year|month)s)?\b(?! ?(?:to|and|or|[-–]))",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d至到~-])(\d{1,3}) ?(岁|个月大)(?![\d至到~以及或-])"),
)
# "Every 5 to 10 years" is how often or how long, no age.
_LASTS = r"(?<!every )(?<!for )(?<!in )(?<!within )(?<!after )(?<!lasts )(?<!last )"
_BETWEEN = re.compile(
    rf"{_LASTS}(?<![\d.])(\d{{1,3}})(?: years)? ?(?:to|and|[-–]) ?(\d{{1,3}}) years"
    r"|(\d{1,3})岁?[至到~-](\d{1,3})岁"
)
_FROM = re.compile(
    r"(\d{1,3}) years (?:of age )?(?:and|or) (?:over|older|above|more)"
    rf"|{_LASTS}(?:from|over|above|older than) (\d{{1,3}}) years"
    r"|(\d{1,3})岁(?:及|或)?以上"
)
_UNDER = re.compile(
    rf"{_LASTS}(?:under|below|younger than) (\d{{1,3}}) years"
    r"|(\d{1,3})岁(?:及|或)?以下"
)


def asked(question: str) -> float | None:
    """Return the one age that ``question`` gives a person; None where it gives none or several."""
    found = {
        _years(number, unit) for pattern in _ASKED for number, unit in pattern.findall(question)
    }
    return found.pop() if len(found) == 1 else None


def excluded(age: float, statement: str) -> bool:
    """Return whether ``statement`` names ages, and ``age`` is none of them."""
    ranges = named(statement)
    return bool(ranges) and not any(low <= age < high for low, high in ranges)


def named(statement: str) -> list[tuple[float, float]]:
    """Return the ages that ``statement`` names, each from one on and below the other."""
    return [*_ranges(statement)]


def _ranges(text: str) -> Iterator[tuple[float, float]]:
    for found in _BETWEEN.finditer(text):
        low, high = (int(number) for number in found.groups() if number)
        yield low, high + 1  # "6 to 8 years" ends with the ninth birthday
    for found in _FROM.finditer(text):
        yield _first(found), math.inf
    for found in _UNDER.finditer(text):
        yield 0, _first(found)


def _first(found: re.Match[str]) -> int:
    return next(int(number) for number in found.groups() if number)


def _years(number: str, unit: str) -> float:
    count = _COUNTED.get(number.casefold()) or int(number)
    return count / 12 if unit.casefold() in {"month", "个月大"} else count
