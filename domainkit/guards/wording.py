"""Picks the words a guard shows, in the language of the question."""

from __future__ import annotations

from collections.abc import Mapping

from domainkit.packs.schemas.base import Language
from domainkit.types import Standing

_WHY: Mapping[Standing, Mapping[Language, str]] = {
    "malformed": {"en": "not a well-formed number", "zh": "编号写法有误"},
    "unknown": {
        "en": "no source names it, and it is not known",
        "zh": "来源中没有提到，也没有查到",
    },
    "absent": {
        "en": "there is no such number, the last is {last}",
        "zh": "没有这一条，最后一条是第{last}条",
    },
    "elsewhere": {"en": "the source that says so is {where}", "zh": "来源中出自{where}"},
    "pending": {"en": "in force only from {since}", "zh": "自{since}起才施行"},
    "repealed": {"en": "not in force since {until}", "zh": "自{until}起失效"},
    "misquoted": {"en": "no source has these words", "zh": "来源中没有这样的原文"},
}
_BY: Mapping[Language, str] = {"en": ", replaced by {by}", "zh": "，由{by}取代"}


def say(texts: Mapping[Language, str], language: str) -> str:
    """Return the text in ``language``, else in English, else in whichever there is."""
    wanted: Language = "zh" if language == "zh" else "en"
    return texts.get(wanted) or texts.get("en") or next(iter(texts.values()), "")


def explain(standing: Standing, facts: Mapping[str, str], language: str) -> str:
    """Return what is wrong with a reference, in a few words."""
    said = say(_WHY.get(standing, {}), language).format(**facts)
    return said + (say(_BY, language).format(**facts) if facts.get("by") else "")
