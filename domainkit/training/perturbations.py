"""Makes wrong statements of right ones: another number, unit or direction, a "not" more or less.

What is made of the owner's own sentences teaches a verifier what their documents deny, and tells
a benchmark whether the claim check notices. The words below are not those of the claim check.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from domainkit.text import detect

Change = Callable[[str, random.Random], str | None]

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w]*-)")
_HAN_NUMBER = re.compile(r"[二三四五六七八九十]{1,3}(?=[日天年个周岁次倍元]|小时|分钟|千克|毫)")
_WORD_NUMBER = {
    "two": "four", "three": "five", "four": "two", "five": "nine", "six": "three",
    "seven": "ten", "eight": "six", "nine": "four", "ten": "seven", "once": "twice",
}  # fmt: skip
_BEFORE_UNIT = "(?:\\d|[二三四五六七八九十]|two|three|four|five|six|seven|ten)"
_UNITS = {
    "en": [
        ("mg", "g"), ("g", "mg"), ("mL", "L"), ("minutes", "hours"), ("minute", "hour"),
        ("hours", "days"), ("days", "weeks"), ("weeks", "months"), ("months", "years"),
        ("years", "months"), ("day", "week"), ("seconds", "minutes"), ("mmHg", "kPa"),
        ("°C", "°F"), ("mmol/L", "mg/dL"), ("litre", "gallon"), ("kg", "g"),
    ],
    "zh": [
        ("分钟", "小时"), ("小时", "天"), ("毫克", "克"), ("毫升", "升"), ("个月", "年"),
        ("周", "个月"), ("日", "个月"), ("天", "周"), ("元", "美元"),
        ("年", "个月"), ("岁", "个月"),
        ("秒", "分钟"), ("mmHg", "kPa"), ("mg", "g"), ("mL", "L"), ("克", "毫克"), ("%", "‰"),
    ],
}  # fmt: skip
_DIRECTIONS = {
    "en": [
        ("increase", "decrease"), ("increases", "decreases"), ("increased", "decreased"),
        ("higher", "lower"), ("more", "less"), ("raise", "lower"), ("raised", "lowered"),
        ("raises", "lowers"), ("rose", "fell"), ("above", "below"), ("before", "after"),
        ("at least", "at most"), ("must", "may"), ("may", "must"), ("reduced", "increased"),
        ("older", "younger"), ("larger", "smaller"), ("within", "after"), ("longer", "shorter"),
        ("stronger", "weaker"), ("more than", "less than"), ("fewer", "more"),
        ("earlier", "later"),
        ("maximum", "minimum"), ("improved", "worsened"), ("or over", "or under"),
    ],
    "zh": [
        ("增加", "减少"), ("升高", "降低"), ("高于", "低于"), ("以上", "以下"),
        ("不少于", "不超过"), ("应当", "可以"), ("可以", "应当"), ("不得", "可以"),
        ("下降", "上升"), ("之前", "之后"),
        ("超过", "低于"), ("前", "后"), ("至少", "至多"), ("减少", "增加"), ("有效", "无效"),
        ("提高", "降低"), ("内", "后"), ("早", "晚"), ("有权", "无权"),
    ],
}  # fmt: skip


def _number(text: str, chance: random.Random) -> str | None:
    places = list(_NUMBER.finditer(text))
    if places:
        found = chance.choice(places)
        value = float(found[0].replace(",", ""))
        changed = value + chance.choice((1, 2, 5, 10)) if chance.random() < 0.7 else value * 3 + 1
        digits = len(found[0].partition(".")[2])
        return replaced(text, found.span(), f"{changed:.{digits}f}")
    han = list(_HAN_NUMBER.finditer(text))
    if han:
        found = chance.choice(han)
        other = chance.choice(
            [n for n in ("二", "三", "五", "七", "九", "十二", "二十") if n != found[0]]
        )
        return replaced(text, found.span(), other)
    for word, other in _WORD_NUMBER.items():
        if written := re.search(rf"\b{word}\b", text):
            return replaced(text, written.span(), other)
    return None


def _unit(text: str, chance: random.Random) -> str | None:
    pairs = _UNITS["zh" if detect(text) == "zh" else "en"]
    fitting = [
        (match.span(1), other)
        for unit, other in pairs
        for match in re.finditer(
            rf"{_BEFORE_UNIT}[\s-]?({re.escape(unit)})(?![A-Za-z])",
            text,
        )
    ]
    return replaced(text, *chance.choice(fitting)) if fitting else None


def _negation(text: str, chance: random.Random) -> str | None:
    if detect(text) == "zh":
        for there, then in (
            ("不得", "可以"), ("不要", "要"), ("不能", "能"), ("应当", "不应当"),
            ("可以", "不可以"), ("没有", "有"), ("不需要", "需要"), ("有权", "无权"),
            ("需要", "不需要"), ("是", "不是"),
            ("能", "不能"), ("应", "不应"),
        ):  # fmt: skip
            if there in text:
                return text.replace(there, then, 1)
        return None
    for pattern, then in (
        (r"\b(must|should|may|can|does|do|did|is|are|was|were) not\b", r"\1"),
        (r"\bcannot\b", "can"),
        (r"\b(must|should|may|can|is|are|was|were|has|have)\b", r"\1 not"),
        (r"\bno (?=[a-z])", ""),
    ):
        if re.search(pattern, text):
            return re.sub(pattern, then, text, count=1)
    return None


def _direction(text: str, chance: random.Random) -> str | None:
    language = detect(text)
    fitting = []
    for one, other in _DIRECTIONS[language]:
        pattern = re.escape(one) if language == "zh" else rf"\b{one}\b"
        fitting += [(match.span(), other) for match in re.finditer(pattern, text)]
    return replaced(text, *chance.choice(fitting)) if fitting else None


def replaced(text: str, span: tuple[int, int], other: str) -> str:
    """Return ``text`` with ``other`` at ``span``."""
    return text[: span[0]] + other + text[span[1] :]


# What each makes of a statement; None where it finds nothing to change.
CHANGES: dict[str, Change] = {
    "number": _number,
    "unit": _unit,
    "negation": _negation,
    "direction": _direction,
}
