"""What a spreadsheet shows for a value: dates, percentages, amounts as they stand in the cell."""

from __future__ import annotations

import re
from datetime import datetime, time

# What a number format holds besides its digits: "text", \escapes, [colours], _spaces, *fills.
_ASIDE = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]\-]*)(?:-[^\]]*)?\]|\[[^\]]*\]|_.|\*.')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.([0#?]*))?")
_MOST_PLACES = 10


def shown(value: object, form: str = "General") -> str:
    """Return ``value`` as a cell of the number format ``form`` shows it; dates as 2024-03-01."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, form)
    if isinstance(value, datetime):
        if value.time() == time() and "h" not in form.lower():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    return "" if value is None else str(value)


def _number(value: float, form: str) -> str:
    section = form.partition(";")[0]
    digits = _DIGITS.search(_ASIDE.sub("", section))
    if digits is None or re.search(r"[eE/]", _ASIDE.sub("", section.replace("General", ""))):
        return _plain(value)
    places = min(len(digits[1] or ""), _MOST_PLACES)
    percent = "%" in _ASIDE.sub("", section)
    group = "," if re.search(r"[#0],[#0]", digits[0]) else ""
    text = format(value * 100 if percent else value, f"{group}.{places}f")
    whole, point, fraction = text.partition(".")
    if point and "#" in (digits[1] or ""):
        fraction = fraction.rstrip("0")
    least = len(re.findall("0", digits[0].partition(".")[0]))
    text = whole.zfill(least + (value < 0)) + (f".{fraction}" if fraction else "")
    before, after = _words(section)
    return f"{before}{text}{after}".strip()


def _words(section: str) -> tuple[str, str]:
    """Return what a format writes before and after the digits: a currency, a unit."""
    written = _ASIDE.sub(lambda m: m[1] or m[2] or m[3] or "", section)
    digits = _DIGITS.search(written)
    if digits is None:
        return "", ""
    return written[: digits.start()].strip("()"), written[digits.end() :].strip("()")


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else format(value, ".15g")
