"""What kind of figure a question asks for, and whether a text gives one of that kind.

A passage on the very subject of "What does the vaccine cost?" that names no sum does not answer
it. Of 240 training questions of the packs that ask for a figure, the passage that answers gives
one of the kind in 235.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from domainkit.text.figures import figures

Kind = Literal["money", "dose", "time", "number"]

_TIMES = frozenset("second minute hour day workday week month year age date".split())
_DOSES = frozenset("ng ug mg g kg ml dl l iu mmol umol piece puff drop sachet".split())
_MONEY = re.compile(
    r"[$€£¥]|(?<!\bper )\b(?:cent|crown|dinar|dollar|euro|franc|krona|krone|peso|pound|rupee|yuan"
    r"|yen)s?\b|元",
    re.IGNORECASE,
)
# What is owed may be told as a share or as so many times another sum ("2 per cent of turnover",
# "3 months' rent"); a price may not.
_OWED = re.compile(
    r"\b(?:fine[ds]?|pa(?:y|ys|id)|compensat\w+|owe[ds]?|wages?)\b|罚|赔|付", re.IGNORECASE
)
_OF_A_SUM = re.compile(
    r"%|\bper cent\b|\b(?:fees?|rent|salary|turnover|wages?)\b|费|工资|租金|营业额|价款",
    re.IGNORECASE,
)
_LONG = r"(?:second|minute|hour|day|week|month|year)s?"
_LASTS = "天|日|个?月|年|周|个?星期|小时|分钟|秒|周?岁"
_COUNTED = "毫克|克|毫升|微克|国际单位|单位|粒|片|袋|喷|滴"
_MEASURE = (
    "age|amount|concentration|cut-?off|distance|efficacy|height|interval|level|limit|number"
    "|percentage|per cent|proportion|range|rate|ratio|score|share|size|speed|temperature"
    "|threshold|value|weight"
)
# What asks for each kind, the narrower before the wider.
_PATTERNS: dict[Kind, tuple[str, ...]] = {
    "money": (
        r"\bhow (?:much|high|large)\b[^?]*\b(?:pay|paid|costs?|fees?|fines?|compensat\w+"
        r"|owe[ds]?|charged?|wages?|price)\b",
        r"\bwhat (?:do|does|did|is|are|was|were)\b[^?]*\b(?:costs?|prices?|fees?|fines?)\b",
        r"\b(?:what|which) (?:\w+ )?(?:fee|price|fine)\b",
        "多少钱|(?:几|多少)元|(?:费用?|价格)是多少|(?:罚款|赔)[^？]*多少|多少罚款",
    ),
    "dose": (
        r"\b(?:what|which|highest|maximum|lowest|starting|usual|daily|single)\b[^?]*"
        r"\bdos(?:e|es|age)\b",
        r"\bhow (?:much|many) (?:mg|(?:milli)?grams?|tablets?|capsules?|puffs?|drops?)\b",
        f"(?:多少|几)(?:{_COUNTED})|[剂用]量是",
    ),
    "time": (
        r"\bhow (?:long|soon|late|early|old)\b|\bby when\b|\b(?:what|which) ages?\b",
        rf"\bhow many {_LONG}\b|\b(?:what|which) (?:period|interval|time limit|deadline)\b",
        f"多久|多长|(?:多少|几)(?:{_LASTS})|期限是",
    ),
    "number": (
        r"\bhow (?:much|many|high|low|large|small|far|big|heavy|tall|deep|hot|cold|warm|wide"
        r"|great|accurate|likely)\b",
        r"\b(?:high|low|larg|small|long|short|great|old|young)est\b|\bm(?:ax|in)im(?:um|al)\b",
        rf"\b(?:what|which|whose) (?:\w+ ){{0,2}}(?:{_MEASURE})\b|\bat (?:which|what)\b",
        rf"\bwhat (?:is|are|was|were) the (?:\w+ ){{0,2}}(?:{_MEASURE}|reduction|difference"
        r"|sensitivity|specificity|half-life)\b",
        "多少|几(?!乎)|多[高远重低]|最[多少高低长短大小]|百分之",
    ),
}
_ASKS = {
    kind: re.compile("|".join(patterns), re.IGNORECASE) for kind, patterns in _PATTERNS.items()
}


def kind(question: str) -> Kind | None:
    """Return the kind of figure that ``question`` asks for; None where it asks for none."""
    return next((name for name, asks in _ASKS.items() if asks.search(question)), None)


def giving(question: str) -> Callable[[str], bool] | None:
    """Return what tells whether a text gives such a figure as ``question`` asks for.

    Figures of the question itself do not count. None where it asks for no figure.
    """
    wanted = kind(question)
    if wanted is None:
        return None
    own = figures(question)
    owed = bool(_OWED.search(question))

    def gives(text: str) -> bool:
        found = figures(text) - own
        units = {figure.unit.partition("/")[0] for figure in found}
        if wanted == "money":
            return bool(found) and bool(_MONEY.search(text) or (owed and _OF_A_SUM.search(text)))
        if wanted == "number":
            return bool(found)
        return bool(units & (_DOSES if wanted == "dose" else _TIMES))

    return gives
