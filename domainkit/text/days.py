"""Reads the day whose law a question asks for: "in 2021", "before 1 March 2024", 2021年5月3日时.

A day that belongs to what happened, "a contract made before 2024", asks for no other law: how a
change treats what came before it stands in the law of today. So a day counts where the question
begins or, told in the past, ends with it, or where it says that it means the law of that day.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from domainkit.text import numerals
from domainkit.text.analysis import fold, terms
from domainkit.text.dates import DATE, parts

_YEAR = re.compile(
    r"民国\s?(?P<roc>\d{2,3})\s?年"
    r"|(?<![\d.,/-])(?P<year>(?:19|20)\d{2}|[〇零一二三四五六七八九]{4}(?=年))"
    r"(?:年度?|(?![\d.,/-]\d|年))"
)
_TAIWAN = 1911  # 民国元年 is 1912
# What a law is called by its year is no time: "Act 17 of 2022", "Case 412/2023".
_NAME = re.compile(r"\b(?:act|case|law|no\.?) \d+(?:/| of )(?:19|20)\d{2}")
_CHANGE = "修正案|修订|修改|修正|改革"
_AMENDING = re.compile(
    r"\bbefore (?:the )?(?:\w+ )?(?:reform|amendment|revision|change)s?(?: made)?"
    r"(?: by [^?]{0,30}?)? (?:of|in) ((?:19|20)\d{2})\b"
    rf"|((?:19|20)\d{{2}})年(?:第[^，。？]{{1,4}}号)?(?:{_CHANGE})[^，。？]{{0,4}}?(?:之前|以前|前)",
    re.IGNORECASE,
)
_SINCE = re.compile(
    r"\b(?:since|after|from) ⟨\d⟩"
    r"|⟨\d⟩(?:第\w+号)?(?:修正案)?(?:施行|生效)?(?:以后|之后|后|起|以来)"
)
_NOW = re.compile(r"\b(?:now|today|currently|current law)\b|现在|现行|目前|如今")
# Told in the past: the law asked for is that of the day with which the question ends.
_PAST = re.compile(r"\b(?:did|was|were|could|had|might|owed|applied|used to)\b")
_THEN = re.compile(r"\b(?:then|at (?:that|the) time)\b")
_LAW = r"(?:stood|force|valid|applicable|applied|law|rules?|version|wording|text)"
_BEFORE = r"(?:before|prior to)"
_AT = r"(?:on|in|as of|as at|at|during|until|what about|how about)"
_BEGINS = r"^(?:(?:and|but|or|then) )?{} ⟨0⟩"
_SAYS = rf"\b{_LAW}(?: as)?,? {{}} ⟨0⟩"
_HOLDS = r"\b{} ⟨0⟩"
_ENDS = r"\b{} ⟨0⟩(?= *(?:[?.,]|$))"
_LEADING = "在|截至|截止到?|按照?|依照?|依据|根据"
_TEXT = "规定|规则|法律|条例|文本|版本|标准"
_OLD = "旧法|原法|旧版|旧规定|当时"
_CHINESE_BEFORE = re.compile("⟨0⟩(?:以前|之前|前)")
_CHINESE_AT = re.compile(
    rf"^(?:那么?|而)?(?:{_LEADING})?⟨0⟩|⟨0⟩(?:时|的时候|当时|期间|有效|施行|的(?:{_TEXT}))|(?:{_OLD})[(（]⟨0⟩[)）]"
)
_ASKS_WHICH = re.compile("适用(?:哪|什么|何)|哪[个部]文本|还有效|失效|届满")
_HAPPENED = re.compile(
    "⟨0⟩(?:以前|之前|以后|之后)?[^，,？?]{0,8}"
    "(?:订立|签订|出生|作出|登记|通知|计算|未休|没休|投入)[^，,？?]{0,6}的"
)
_LAST_YEAR = re.compile(
    r"\b(?:under )?last year's (?:law|rules?|version|text)\b"
    rf"|\b(?:law|rules?|version|text) (?:of|in force) last year\b|去年的(?:{_TEXT})",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:former|old|earlier|previous|original|superseded|repealed) (?:\w+ )?"
    r"(?:act|chapter|code|law|limit|provision|rule|section|text|version|wording)s?\b"
    r"|\bbefore (?:the|it was|its) (?:latest |last )?"
    r"(?:amend\w+|reform\w*|repeal\w*|revision|change)"
    "|旧法|旧条文|旧规定|原规定|原条文|(?:修订|修改|修正|废止)(?:之前|以前|前)|^以前"
)


def _unnamed(pattern: re.Pattern[str]) -> str:
    """Return a pattern whose groups have no names, so that it can stand in another twice."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern)


_MOMENT = rf"(?:{_unnamed(DATE)}|{_unnamed(_YEAR)})"
_SAYS_WHEN = re.compile(
    r"(?:\b(?:under|by|according to) )?(?:\bthe )?(?:\b(?:law|rules?|version|wording|text)\b)?"
    r"(?: as it)?(?: (?:then )?(?:stood|applied|in force|valid))?(?: as)?,? ?"
    rf"\b(?:{_BEFORE}|{_AT})(?: the)? {_MOMENT},?"
    r"|(?:\bunder )?(?:\bthe )?\b(?:former|old|earlier|previous|original|superseded)"
    r" (?:act|code|law|provision|rule|text|version|wording)(?: of)?"
    rf"|(?:那么?|而)?(?:{_LEADING})?(?:{_OLD})?[(（]?{_MOMENT}[)）]?"
    rf"(?:的时候|时|当时|期间|以前|之前|前|的?(?:{_TEXT}))?[，,]?"
    "|(?:旧法|旧规定|原规定)(?:规定的)?|(?:修订|修改|修正)(?:之前|以前|前)[，,]?|^以前",
    re.IGNORECASE,
)
# Longer ones first: what one leaves is looked through for the next.
_WHEN = (_AMENDING, _LAST_YEAR, _SAYS_WHEN)

Moment = tuple[date, date]  # its first day and its last


def asked(question: str, today: date) -> date | None:
    """Return the day whose law ``question`` asks for; None where it names none, or several.

    Args:
        question: in English or Chinese.
        today: what "now" and "last year" count from; later days are none that is asked for.
    """
    text = fold(question).strip()
    if _NOW.search(text):
        return today
    if _LAST_YEAR.search(text):
        return date(today.year - 1, 12, 31)
    if found := _AMENDING.search(text):
        # In force no earlier than the year in which it was made.
        return date(int(found[1] or found[2]) - 1, 12, 31)
    moments, marked = _marked(_NAME.sub(" ", text))
    if len(moments) != 1 or _SINCE.search(marked):
        return None
    first, last = moments[0]
    before = _is_asked(marked, _BEFORE) or _asked_in_chinese(marked, _CHINESE_BEFORE)
    at = before or _is_asked(marked, _AT) or _asked_in_chinese(marked, _CHINESE_AT)
    day = first - timedelta(days=1) if before else last
    return day if at and day <= today else None


def asks_former(question: str) -> bool:
    """Return whether ``question`` asks for what held before, without saying when."""
    return bool(_FORMER.search(fold(question).strip()))


def without(question: str) -> str:
    """Return ``question`` without the words that say for which day it is asked."""
    rest = question
    for when in _WHEN:
        rest = when.sub(" ", rest)
    rest = re.sub(r"\s+(?=[?？.,]|$)", "", " ".join(rest.split())).strip(" ,，、")
    return rest if terms(rest) else question


def _is_asked(marked: str, words: str) -> bool:
    says = any(re.search(part.format(words), marked) for part in (_BEGINS, _SAYS))
    then = _THEN.search(marked) and re.search(_HOLDS.format(words), marked)
    ends = _PAST.search(marked) and re.search(_ENDS.format(words), marked)
    return bool(says or then or ends)


def _asked_in_chinese(marked: str, pattern: re.Pattern[str]) -> bool:
    if _ASKS_WHICH.search(marked) or _HAPPENED.search(marked):
        return False
    return bool(pattern.search(marked))


def _marked(text: str) -> tuple[list[Moment], str]:
    """Return the moments that a folded text names, and the text with ⟨0⟩, ⟨1⟩ in their places."""
    moments: list[Moment] = []

    def mark(moment: Moment | None, whole: str) -> str:
        if moment is None:
            return whole
        moments.append(moment)
        return f"⟨{len(moments) - 1}⟩"

    text = DATE.sub(lambda found: mark(_moment(*parts(found)), found[0]), text)
    return moments, _YEAR.sub(lambda found: mark(_year(found), found[0]), text)


def _moment(year: int, month: int, day: int) -> Moment | None:
    """Return the first and the last day of a date; None where it has no year or is none."""
    if not year:
        return None
    try:
        first = date(year, month, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _year(found: re.Match[str]) -> Moment | None:
    said = found["roc"] or found["year"]
    year = (numerals.exact(said) or 0) + (_TAIWAN if found["roc"] else 0)
    whole = date.min.year <= year < date.max.year
    return (date(year, 1, 1), date(year, 12, 31)) if whole else None
