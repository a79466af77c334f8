"""Reads the figures of a statement, with their units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domainkit.text import numerals
from domainkit.text.analysis import fold

# unit -> the ways it is written, after folding
_WRITTEN = {
    "%": "% percent per_cent",
    "mg": "mg mgs milligram milligrams milligramme milligrammes 毫克",
    "g": "g gram grams gramme grammes 克",
    "kg": "kg kgs kilogram kilograms kilo kilos 千克 公斤",
    "ug": "ug μg mcg microgram micrograms 微克",
    "ng": "ng nanogram nanograms",
    "l": "l liter liters litre litres 升",
    "dl": "dl",
    "ml": "ml milliliter milliliters millilitre millilitres 毫升",
    "mmol": "mmol",
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
    "week": "week weeks wk wks 周 星期 个星期",
    "month": "month months 月 个月",
    "year": "year years yr yrs 年",
    "age": "岁 周岁",
    "times": "times 次",
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

_units = "|".join(sorted(map(re.escape, _UNIT), key=len, reverse=True))
_FIGURE = re.compile(
    r"(?<![a-z0-9.])(?<![a-z]-)(?P<sign>[$€¥]\s?)?"
    rf"(?:(?P<digits>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)|(?P<word>\b(?:{'|'.join(_WORDS)})\b)"
    r"|第?(?P<han>[零〇一二两三四五六七八九十百千万]+)(?=年|[个月日天周岁次倍元条款克升米度]|小时|分钟|毫|公))"
    rf"(?:\s?(?P<many>{'|'.join(_MANY)})(?![a-z]))?"
    rf"(?:[\s-]?(?P<unit>{_units})(?![a-z])(?:/(?P<per>{_units})(?![a-z]))?)?"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its unit, "" where none is written. "第十二条" is 12 with the unit article."""

    value: float
    unit: str = ""

    def agrees(self, other: Figure) -> bool:
        """Return whether both say the same, as far as both name a unit."""
        if self.value != other.value:
            return False
        mine, others = self.unit.split("/"), other.unit.split("/")
        return (
            not self.unit
            or not other.unit
            or all(a == b for a, b in zip(mine, others, strict=False))
        )


def figures(text: str) -> frozenset[Figure]:
    """Return the figures of ``text``: in digits, in English words from two, in Chinese numerals.

    Chinese numerals count only before a unit: 一 alone is as often "a" or "the same".
    """
    return frozenset(_figures(fold(text)))


def _figures(folded: str) -> Iterator[Figure]:
    for match in _FIGURE.finditer(folded):
        if match["digits"]:
            value = float(match["digits"].replace(",", ""))
        elif match["word"]:
            value = float(_WORDS[match["word"]])
        else:
            value = float(numerals.read(match["han"]))
        value *= _MANY.get(match["many"] or "", 1)
        unit = _UNIT.get(match["unit"] or "", "") or _SIGN.get((match["sign"] or "").strip(), "")
        per = f"/{_UNIT[match['per']]}" if match["per"] else ""
        yield Figure(value, unit + per)
