"""Dates as documents and the names of files write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAME = rf"(?P<name>(?:{'|'.join(_MONTHS)})[a-z]*)\.?"
_FORMS = (
    re.compile(
        r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    ),
    re.compile(
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+day)?(?:\s+of)?\s+{_NAME},?\s*(?P<year>\d{{4}})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(?P<year>\d{{4}})", re.I
    ),
)

# In the name of a file: "tariff-from-2024-03-01.pdf", "leave policy until 20240229.docx",
# "办法（2024-03-01起施行）.pdf". A date without such a word may be of anything.
_DAY = (
    r"(?P<year>(?:19|20)\d{2})[-_.年]?(?P<month>\d{2}|\d(?=[-_.月]))[-_.月]?"
    r"(?P<day>\d{2}|\d(?!\d))日?"
)
_FROM = (
    rf"(?:^|[\W_])(?:from|effective|in[ _-]force|valid[ _-]from)[\W_]*(?:on|from)?[\W_]*{_DAY}",
    rf"{_DAY}[ _-]?起?(?:施行|生效|实施|执行)",
    rf"(?:自|生效)[\W_]*{_DAY}",
)
_UNTIL = (
    rf"(?:^|[\W_])(?:until|till|through|expires|valid[ _-]until)[\W_]*(?:on)?[\W_]*{_DAY}",
    rf"(?:至|有效期至)[\W_]*{_DAY}",
)
_IN_NAME = {
    "effective_from": [re.compile(pattern, re.IGNORECASE) for pattern in _FROM],
    "effective_to": [re.compile(pattern, re.IGNORECASE) for pattern in _UNTIL],
}


def parse(text: str) -> date | None:
    """Return the day that ``text`` writes, and nothing else; None when it is none."""
    for form in _FORMS:
        if match := form.fullmatch(text.strip()):
            return day_of(match)
    return None


def day_of(match: re.Match[str]) -> date | None:
    """Return the day in the groups year, month (or name) and day; None for a 30th of February."""
    groups = match.groupdict()
    named = groups.get("name")
    month = _MONTHS.index(named[:3].lower()) + 1 if named else int(groups["month"])
    try:
        return date(int(groups["year"]), month, int(groups["day"]))
    except ValueError:
        return None


def in_name(name: str) -> Iterator[tuple[str, date]]:
    """Yield what the name of a file says of when it is in force, field by field.

    The day that "until" names is the last: the text is no longer in force on the next.
    """
    for field, patterns in _IN_NAME.items():
        days = (day_of(match) for p in patterns if (match := p.search(name)))
        if (day := next(filter(None, days), None)) is not None:
            yield field, after(day) if field == "effective_to" else day


def after(last: date) -> date:
    """Return the day after the last day on which a text is in force.

    None follows 9999-12-31, by which people mean for ever: it stays the day itself.
    """
    return last if last == date.max else last + timedelta(days=1)
