"""Reads the figures of a statement, with their units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Literal

from domainkit.text import numerals
from domainkit.text.analysis import fold
from domainkit.text.dates import Date, dates

# unit -> the ways it is written, after folding
_WRITTEN = {
    "%": "% percent per_cent",
    "‰": "‰",
    "mg": "mg mgs milligram milligrams milligramme milligrammes 毫克",
    "g": "g gram grams gramme grammes 克",
    "kg": "kg kgs kilogram kilograms kilo kilos 千克 公斤",
    "ug": "ug μg mcg microgram micrograms 微克",
    "ng": "ng nanogram nanograms",
    "l": "l liter liters litre litres 升",
    "dl": "dl",
    "ml": "ml milliliter milliliters millilitre millilitres 毫升",
    "mmol": "mmol",
    "umol": "umol μmol micromol micromole micromoles 微摩尔",
    "iu": "iu unit units 单位 国际单位",
    "mmhg": "mmhg 毫米汞柱",
    "°": "°c celsius 摄氏度 度",
    "m": "m meter meters metre metres 米",
    "cm": "cm centimeter centimeters centimetre centimetres 厘米",
    "mm": "mm millimeter millimeters millimetre millimetres 毫米",
    "km": "km kilometer kilometers kilometre kilometres 公里 千米",
    "second": "sec secs second seconds 秒 秒钟",
    "minute": "min mins minute minutes 分钟",
    "hour": "h hr hrs hour hours 小时 个小时",
    "day": "day days 天 日",
    "workday": "working_day working_days business_day business_days 工作日 个工作日",
    "week": "week weeks wk wks 周 星期 个星期",
    "month": "month months 月 个月",
    "year": "year years yr yrs 年",
    "age": "岁 周岁",
    "times": "times 次",
    "piece": "tablet tablets caplet caplets capsule capsules pill pills 片 粒 丸",
    "puff": "puff puffs 喷",
    "drop": "drop drops 滴",
    "sachet": "sachet sachets 袋",
    "fold": "fold 倍",
    "usd": "dollar dollars usd 美元",
    "eur": "euro euros eur 欧元",
    "cny": "yuan rmb cny 元",
    "article": "条",
    "paragraph": "款",
}
_UNIT = {
    word.replace("_", " "): unit for unit, words in _WRITTEN.items() for word in words.split()
}
_SIGN = {"$": "usd", "€": "eur", "¥": "cny"}
_MANY = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "千": 1e3, "万": 1e4, "亿": 1e8}
_WORDS = {
    **{w: n for n, w in enumerate("two three four five six seven eight nine ten".split(), 2)},
    **{"eleven": 11, "twelve": 12, "fifteen": 15, "hundred": 100},
    **{w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty".split(), 2)},
    **{"seventy": 70, "eighty": 80, "ninety": 90},
}

_COUNTED = ("piece", "puff", "drop", "sachet")
# unit -> what it measures, and how many of the smallest unit it is
_KINDS = {
    **{"ng": ("mass", 1e-6), "ug": ("mass", 1e-3), "mg": ("mass", 1.0)},
    **{"g": ("mass", 1e3), "kg": ("mass", 1e6)},
    **{"ml": ("volume", 1.0), "dl": ("volume", 100.0), "l": ("volume", 1e3)},
    **{"mm": ("length", 1.0), "cm": ("length", 10.0), "m": ("length", 1e3), "km": ("length", 1e6)},
    **{"second": ("time", 1.0), "minute": ("time", 60.0), "hour": ("time", 3600.0)},
    **{"day": ("time", 86_400.0), "week": ("time", 604_800.0)},
    # A month has no exact number of days.
    **{"month": ("months", 1.0), "year": ("months", 12.0), "age": ("months", 12.0)},
}

_units = "|".join(sorted(map(re.escape, _UNIT), key=len, reverse=True))
_FIGURE = re.compile(
    r"(?<![a-z0-9.])(?<![a-z]-)(?P<sign>[$€¥]\s?)?"
    rf"(?:(?P<digits>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"|(?P<word>\b(?:{'|'.join(_WORDS)})\b)"
    r"|第?(?P<han>[零〇一二两三四五六七八九十百千万]+)(?=年|[个月日天周岁次倍元条款克升米度]|小时|分钟|毫|公|美元|欧元|工作日))"
    rf"(?:\s?(?P<many>{'|'.join(_MANY)})(?![a-z]))?"
    rf"(?:[\s-]?(?P<unit>{_units})(?![a-z])(?:/(?P<per>{_units})(?![a-z]))?)?"
)


# What bounds a figure from below and from above: before it, and after it.
_FROM = (
    re.compile(
        r"(?:at least|no (?:less|fewer) than|not less than|(?<!no )(?<!not )(?:more|older|higher"
        r"|greater|longer) than|above|over|exceed\w*|minimum of|[>≥]"
        r"|不少于|至少|不低于|(?<!不)高于"
        r"|(?<!不)(?<!不得)超过|(?<!不)大于|(?<!不)多于)\s*$"
    ),
    re.compile(r"\s*(?:or (?:more|over|older|above|higher)|and (?:over|older|above)|以上)"),
)
_TO = (
    re.compile(
        r"(?:at most|no (?:more|longer|later) than|not more than|(?<!no )(?<!not )(?:less|fewer"
        r"|younger|lower|shorter) than|below|under|up to|within|maximum of|[<≤]|不超过|至多|最多"
        r"|不高于|(?<!不)低于|(?<!不)少于|不得超过|(?<!不)小于)\s*$"
    ),
    re.compile(r"\s*(?:or (?:less|fewer|under|younger|below)|以下|以内|之内)"),
)
_BEFORE = 24  # characters that hold the longest of these words, and what takes them back
# What stands between the ends of a range: "500 to 1,000 mg" gives both the unit.
_RANGE = re.compile(r"\s?(?:to|-|–|—|~|至|到|and|or|和|或|与)\s?")
# 百分之二十 is 20 %, 千分之一 a tenth of one.
_PARTS = re.compile(r"(?P<of>百|千)分之(?P<han>[零〇一二两三四五六七八九十百点]+|\d+(?:\.\d+)?)")


# "below 6 mg/dL (360 micromol/L)": in brackets the same is told in another unit.
_AGAIN = re.compile(r"[^().;]{0,12}\(\s?")

Side = Literal["", "from", "to"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its unit, "" where none is written. "第十二条" is 12 with the unit article.

    A date is the number 20210131 with the unit date. ``side`` says whether it bounds from below
    ("at least", "above") or from above; figures that differ in it alone are still equal.
    """

    value: float
    unit: str = ""
    side: Side = field(default="", compare=False)

    def agrees(self, other: Figure) -> bool:
        """Return whether both say the same, as far as both name a unit: 500 mg is 0.5 g."""
        if not self.unit or not other.unit:
            return self.value == other.value
        (mine, *my_rest), (theirs, *their_rest) = self.unit.split("/"), other.unit.split("/")
        (kind, size), (their_kind, their_size) = _kind(mine), _kind(theirs)
        return (
            kind == their_kind
            and isclose(self.value * size, other.value * their_size)
            and all(a == b for a, b in zip(my_rest, their_rest, strict=False))
        )

    def counts_as(self, other: Figure) -> bool:
        """Return whether one can stand for the other: minutes for hours, and not for years."""
        mine, theirs = self.unit.partition("/")[0], other.unit.partition("/")[0]
        return bool(mine) and _kind(mine)[0] == _kind(theirs)[0]

    def alike(self, other: Figure) -> bool:
        """Return whether both count the same kind of thing, so that one can deny the other."""
        mine, theirs = self.unit.partition("/")[0], other.unit.partition("/")[0]
        return bool(mine) and _measured(mine) == _measured(theirs)


def _measured(unit: str) -> str:
    """Return what ``unit`` measures; months are a time too, of no exact length."""
    kind = _kind(unit)[0]
    return "time" if kind == "months" else kind


def _kind(unit: str) -> tuple[str, float]:
    return _KINDS.get(unit, (unit, 1.0))


def figures(text: str) -> frozenset[Figure]:
    """Return the figures of ``text``: in digits, in English words from two, in Chinese numerals.

    Chinese numerals count only before a unit: 一 alone is as often "a" or "the same".
    """
    return frozenset(in_order(text))


def in_order(text: str) -> tuple[Figure, ...]:
    """Return the dates of ``text``, then its other figures as they stand."""
    found, rest = dates(fold(text))
    return (*_of_dates(found), *_figures(_PARTS.sub(_percent, rest)))


def _of_dates(found: Sequence[Date]) -> Iterator[Figure]:
    """Yield each date, and the less exact ones that it also is."""
    for year, month, day in found:
        yield Figure(year * 10_000 + month * 100 + day, "date")
        if year and day:
            yield Figure(month * 100 + day, "date")
            yield Figure(year * 10_000 + month * 100, "date")
        if year:
            yield Figure(year, "year")


def _percent(match: re.Match[str]) -> str:
    written = match["han"].replace("点", "")
    value = float(written) if written[0].isascii() else float(numerals.read(written))
    return f" {value / (10 if match['of'] == '千' else 1):g}%"


def _figures(folded: str) -> Iterator[Figure]:
    matches = list(_FIGURE.finditer(folded))
    side: Side = ""
    for before, match, following in zip(
        [None, *matches], matches, [*matches[1:], None], strict=False
    ):
        unit = _unit(match)
        if not unit and following and _RANGE.fullmatch(folded, match.end(), following.start()):
            unit = _unit(following)
        told_again = before and _AGAIN.fullmatch(folded, before.end(), match.start())
        side = side if told_again else _side(folded, match)
        yield Figure(_value(match), unit, side)


def without_figures(folded: str) -> str:
    """Return ``folded`` without its figures and their units; things that are counted stay."""

    def counted(match: re.Match[str]) -> str:
        return f" {match['unit']}" if _unit(match) in _COUNTED else " "

    return _FIGURE.sub(counted, folded)


def _side(folded: str, match: re.Match[str]) -> Side:
    """Return which side a figure bounds, by the words right before and right after it."""
    before, after = folded[max(0, match.start() - _BEFORE) : match.start()], folded[match.end() :]
    if _FROM[0].search(before) or _FROM[1].match(after):
        return "from"
    return "to" if _TO[0].search(before) or _TO[1].match(after) else ""


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        value = float(match["digits"].replace(",", ""))
    elif match["word"]:
        value = float(_WORDS[match["word"]])
    else:
        value = float(numerals.read(match["han"]))
    return value * _MANY.get(match["many"] or "", 1)


def _unit(match: re.Match[str]) -> str:
    unit = _UNIT.get(match["unit"] or "", "") or _SIGN.get((match["sign"] or "").strip(), "")
    return unit + (f"/{_UNIT[match['per']]}" if match["per"] else "")
