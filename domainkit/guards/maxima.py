"""Tells a dose that is above the most anyone is given of a drug in a day, a week or at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from domainkit.guards.doses import Said
from domainkit.guards.phrases import Haystack
from domainkit.packs.schemas.medicines import Maximum
from domainkit.text.analysis import fold

_DAYS = {"day": 1.0, "week": 7.0}
# Milligrams of a unit; international units stand alone.
_MILLIGRAMS = {
    **dict.fromkeys(("mg", "milligram", "milligramme", "毫克"), 1.0),
    **dict.fromkeys(("g", "gram", "gramme", "克"), 1000.0),
    **dict.fromkeys(("ug", "μg", "mcg", "microgram", "microgramme", "微克"), 0.001),
}
_UNITS = "|".join(sorted((*_MILLIGRAMS, "iu", "unit", "国际单位", "单位"), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![\d.,a-z])(?P<n>\d+(?:,\d{{3}})*(?:\.\d+)?)[\s-]?(?P<unit>{_UNITS})s?(?![a-z])"
    # Amounts in a volume, on a surface or in a minute are no doses.
    r"(?!\s?(?:/|per )\s?(?!(?:kg|kilogram|day|d\b|dose|24))\w)"
    r"(?P<kg>\s?(?:/|per )\s?(?:kg|kilogram)|每公斤|每千克)?"
)
_TIMES = {
    **{"once": 1, "twice": 2, "thrice": 3, "bid": 2, "tid": 3, "qid": 4},
    **{word: n for n, word in enumerate("one two three four five six".split(), 1)},
    **{han: n for n, han in enumerate("一二三四五六", 1)},
    "两": 2,
}
_SO_MANY = r"(?P<times>once|twice|thrice|(?:\d|one|two|three|four|five|six)(?= times))(?: times)?"
# How often, in what follows an amount: the first of these that stands there counts. What is given
# every 4 to 6 hours may be given every 6.
_OFTEN = (
    re.compile(rf"{_SO_MANY},? (?:a|per|each|every|in a)? ?(?P<week>week)"),
    re.compile(r"(?P<week>\b(?:weekly|(?:a|per|each|every) week)|/ ?week|每周|每星期)"),
    re.compile(r"(?P<other>every (?:other|second) day|隔日)"),
    re.compile(r"\b(?:every|q) ?(?:\d+ ?(?:to|-|–|or) ?)?(?P<hours>[1-9]\d?) ?-?h(?:ours?)?\b"),
    re.compile(r"每隔?(?:\d+[-–~至到])?(?P<hours>[1-9]\d?)个?小时"),
    re.compile(rf"{_SO_MANY},? (?:a|per|each|every|in a)? ?(?:day|daily|24 hours)"),
    re.compile(r"\b(?P<times>bid|tid|qid)\b"),
    re.compile(r"(?:每日|每天|一日|一天|日)(?P<times>\d|[一二两三四五六])次"),
    re.compile(r"(?P<day>\b(?:daily|(?:a|per|each|every) day)\b|/ ?day\b|每日|每天|一日|一天)"),
)
# What is said of overdoses and of animals is no dose for anyone.
_NO_DOSE = re.compile(
    r"overdos|toxic|poison|lethal|fatal|ingest|rats?\b|mice\b|mouse\b|dogs?\b|rabbit|animal|veterin"
    r"|过量|中毒|致死|大鼠|小鼠|动物"
)
_ANOTHER = re.compile(r"\b(?:and|or)\b|;|；")  # what follows is said of another amount
_REACH = 60  # characters after an amount in which it is told how often


@dataclass(frozen=True, slots=True)
class _Amount:
    """So many milligrams or units, or so many for each kilogram, and how often a day if told."""

    value: float
    units: bool
    per_kilogram: bool
    daily: float | None


def above(text: str, case: Said, maxima: Mapping[str, Maximum]) -> Maximum | None:
    """Return a maximum that a dose of the statement ``text`` exceeds; None where none does.

    Args:
        text: a statement.
        case: its drugs, routes and people, those it is known to speak of.
        maxima: a pack's table.
    """
    folded = fold(text)
    if not case.drugs or _NO_DOSE.search(folded):
        return None
    held = [*_held_to(text, case, maxima.values())]
    # Of two drugs in one statement, nobody knows whose an amount is.
    if len(case.drugs) > len({each.drug for each in held}):
        return None
    for amount in _amounts(folded):
        exceeded = [most for most in held if _exceeds(amount, most)]
        if exceeded and len({m.drug for m in exceeded}) == len(case.drugs):
            return exceeded[0]
    return None


def _held_to(text: str, case: Said, maxima: Collection[Maximum]) -> Iterator[Maximum]:
    said = Haystack.of(text)
    for most in maxima:
        if (
            most.drug in case.drugs
            and case.people.issuperset(most.people)
            and (not most.routes or case.routes.intersection(most.routes))
            and not said.holds(most.unless)
        ):
            yield most


def _exceeds(amount: _Amount, most: Maximum) -> bool:
    number, unit = most.most.split(" ")
    unit, _, per_kilogram = unit.partition("/")
    if (amount.units, amount.per_kilogram) != (unit == "iu", bool(per_kilogram)):
        return False
    limit = float(number) * _MILLIGRAMS.get(unit, 1.0)
    days = _DAYS.get(most.per)
    # One amount within the time is the least that can be meant where nothing says how often.
    times = max(amount.daily * days, 1.0) if days and amount.daily is not None else 1.0
    return amount.value * times > limit * (1 + 1e-9)


def _amounts(folded: str) -> Iterator[_Amount]:
    matches = [*_AMOUNT.finditer(folded)]
    for place, match in enumerate(matches):
        end = matches[place + 1].start() if place + 1 < len(matches) else len(folded)
        unit = match["unit"]
        yield _Amount(
            float(match["n"].replace(",", "")) * _MILLIGRAMS.get(unit, 1.0),
            unit not in _MILLIGRAMS,
            bool(match["kg"]),
            _often(_ANOTHER.split(folded[match.end() : min(end, match.end() + _REACH)])[0]),
        )


def _often(following: str) -> float | None:
    """Return how many times a day, by the words that follow an amount; None where none say it.

    "daily" alone follows the amount of a whole day.
    """
    for form in _OFTEN:
        if match := form.search(following):
            told = match.groupdict()
            if told.get("hours"):
                return 24 / float(told["hours"])
            if told.get("other"):
                return 0.5
            written = told.get("times") or "1"
            times = float(written) if written.isdigit() else float(_TIMES[written])
            return times / 7 if told.get("week") else times
    return None
