"""Reads the dates of a statement, in the ways English and Chinese write them."""

from __future__ import annotations

import re

from domainkit.text import numerals

_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug"
        "|september sept sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_HAN = "[〇零一二三四五六七八九十]"
DATE = re.compile(
    rf"(?<![\d.])(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m1>{_MONTH})(?:,?\s+(?P<y1>\d{{4}}))?(?!\w)"
    # "may 5" is a month with a year after it alone: "you may 5 times".
    rf"|(?<!\w)(?!may\s+\d{{1,2}}(?:st|nd|rd|th)?(?!,?\s+\d{{4}}))(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y2>\d{{4}}))?(?![\d%])"
    rf"|(?<!\w)(?P<m3>{_MONTH})\s+(?P<y3>\d{{4}})(?!\d)"
    r"|(?<!\d)(?P<y4>\d{4})-(?P<m4>\d{1,2})-(?P<d4>\d{1,2})(?!\d)"
    rf"|(?P<y5>\d{{4}}|{_HAN}{{4}})\s?年\s?(?P<m5>\d{{1,2}}|{_HAN}{{1,3}})\s?月(?:\s?(?P<d5>\d{{1,2}}|{_HAN}{{1,3}})\s?[日号])?"
    rf"|(?<!\d)(?P<m6>\d{{1,2}}|{_HAN}{{1,3}})\s?月\s?(?P<d6>\d{{1,2}}|{_HAN}{{1,3}})\s?[日号]"
)

# Year, month and day, 0 where one is not given.
Date = tuple[int, int, int]


def dates(folded: str) -> tuple[list[Date], str]:
    """Return the dates of a folded text, and the text without them."""
    found = [parts(match) for match in DATE.finditer(folded)]
    return found, DATE.sub(" ; ", folded)


def parts(match: re.Match[str]) -> Date:
    """Return what a match of ``DATE`` says."""
    said = {name[0]: value for name, value in match.groupdict().items() if value}
    return _number(said.get("y")), _number(said.get("m")), _number(said.get("d"))


def _number(written: str | None) -> int:
    if not written:
        return 0
    month = _MONTHS.get(written.rstrip("."))
    if month:
        return month
    return int(written) if written.isdigit() and written.isascii() else numerals.read(written)
