"""Reads which way a statement points: up or down, before or after, may, shall or may not.

An axis is a set of words that exclude each other. What is on it says nothing alone; two texts
that say the same but for a word of one axis say opposite things.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from domainkit.text.analysis import fold

Poles = Mapping[str, frozenset[str]]

# axis -> pole -> (English words or beginnings of words, Chinese words). What stands earlier is
# read first and then no more: "no more than" is a bound, and its "more" no increase.
_AXES: dict[str, dict[str, tuple[str, str]]] = {
    "duty": {
        "ban": (
            "must not|shall not|may not|must never|cannot|can not|not allowed|not permitted"
            "|prohibited|forbidden|not entitled",
            "不得|禁止|严禁|不可以|不能|无权|不准|不可",
        ),
        "duty": (
            "must|shall|should|required to|obliged to|has to|have to|needs? to|ought to",
            "应当|必须|应该|须|有义务|应予",
        ),
        "leave": (
            "may|can|allowed to|permitted to|entitled to|free to",
            "可以|有权|允许|准许|可(?![能靠见是行疑])",
        ),
    },
    "bound": {
        "least": (
            "at least|no less than|not less than|no fewer than|not fewer than|minimum|or more"
            "|or over|or older|and older|and over|or above",
            "不少于|至少|不低于|以上|最低|最少|≥",
        ),
        "most": (
            "at most|no more than|not more than|up to|maximum|or less|or fewer|or under"
            "|or younger|or below|within|no longer than",
            "不超过|至多|最多|不高于|以下|以内|之内|最高|不得超过|≤",
        ),
    },
    "change": {
        "up": (
            "increas*|rise|rises|rising|risen|rose|rais*|elevat*|grow*|upregulat*|enhanc*"
            "|augment*|promot*|stimulat*|activat*|accelerat*|prolong*|expand*",
            "增加|升高|提高|上升|增多|增强|增长|加重|延长|扩大|促进|激活|上调",
        ),
        "down": (
            "decreas*|declin*|fall|falls|fell|reduc*|lowers|lowered|lowering|diminish*|drop*"
            "|downregulat*|suppress*|inhibit*|attenuat*|block*|slow*|shorten*|shrink*",
            "减少|降低|下降|减轻|减弱|缩短|缩小|抑制|阻断|下调",
        ),
    },
    "level": {
        "up": (
            "higher|greater|more|above|over|exceed*|larger|longer|older|stronger|high|heavier",
            "高于|多于|大于|超过|长于|较高|更高|更多|早于|以上",
        ),
        "down": (
            "lower|less|fewer|below|under|smaller|shorter|younger|weaker|low|lighter",
            "低于|少于|小于|不足|短于|较低|更低|更少|晚于|以下",
        ),
    },
    "time": {
        "before": ("before|prior to|earlier|until|preced*", "之前|以前|此前|前"),
        "after": ("after|following|later|since|afterwards", "之后|以后|此后|后"),
    },
    "rate": {
        "hour": ("an hour|per hour|every hour|hourly", "每小时"),
        "day": ("a day|per day|every day|each day|daily", "每日|每天|一天|一日"),
        "week": ("a week|per week|every week|each week|weekly", "每周|每星期|一周"),
        "month": ("a month|per month|every month|each month|monthly", "每月|每个月|一个月"),
        "year": ("a year|per year|every year|each year|yearly|annual*", "每年|一年"),
    },
    "sign": {
        "positive": (
            "positive*|present|with|succe*|improv*|benefi*|better",
            "阳性|有效|改善|成功|合法",
        ),
        "negative": (
            "negative*|absen*|without|fail*|worsen*|deteriorat*|impair*|harm*|worse|invalid*|void",
            "阴性|无效|恶化|失败|违法|非法",
        ),
    },
    "often": {
        "often": (
            "common|frequent*|often|usually|always|all|every|most",
            "常见|经常|总是|全部|所有|均",
        ),
        "rarely": (
            "uncommon*|rare|rarely|seldom|never|none|few|infrequent*",
            "罕见|少见|很少|从不|没有",
        ),
    },
    "side": {
        "one": (
            "left|upper|inner|first|early|acute|begin*|start*|open*|warm|hot|day",
            "左|上|内|首次|急性|开始|早期",
        ),
        "other": (
            "right|bottom|outer|last|late|chronic|end*|stop*|clos*|cold|cool|night",
            "右|下|外|末次|慢性|结束|停止|晚期",
        ),
    },
}
# Axes on which texts that share most of their words are opposed by a word anywhere in them; on
# the others the words have to stand in the same place.
ANYWHERE = ("duty", "change", "rate", "level", "time")


def _english(words: str) -> str:
    """Return a pattern for words of which "*" is any ending."""
    return words.replace("*", r"\w*").replace(" ", r"\s+")


_READ = {
    axis: [
        (pole, re.compile(rf"\b(?:{_english(english)})\b|{chinese}"))
        for pole, (english, chinese) in sides.items()
    ]
    for axis, sides in _AXES.items()
}


def poles(text: str) -> Poles:
    """Return for each axis that ``text`` has a word of the poles it has."""
    folded = fold(text)
    found: dict[str, frozenset[str]] = {}
    for axis, sides in _READ.items():
        rest, seen = folded, set()
        for pole, pattern in sides:
            rest, times = pattern.subn(" ", rest)
            if times:
                seen.add(pole)
        if seen:
            found[axis] = frozenset(seen)
        if axis in ("duty", "bound"):
            folded = rest  # "no more than" is no word of level, "may not" none of denial
    return found


def without(text: str, axes: Collection[str]) -> str:
    """Return ``text``, folded, without its words of ``axes``."""
    folded = fold(text)
    for axis in axes:
        for _, pattern in _READ[axis]:
            folded = pattern.sub(" ", folded)
    return folded


def opposed(mine: Poles, theirs: Poles, *, axes: Collection[str] = tuple(_AXES)) -> bool:
    """Return whether two texts have different poles alone on one of ``axes``."""
    return any(
        mine[axis].isdisjoint(theirs[axis]) for axis in axes if axis in mine and axis in theirs
    )
