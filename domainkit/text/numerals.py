"""Reads and writes Chinese numerals, and tells those that are well formed."""

from __future__ import annotations

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


def read(numeral: str) -> int:
    """Return the value of a Chinese numeral: 一千零八十七 is 1087, 二〇二一 is 2021.

    Whatever is made of these characters has a value; ``exact`` says whether it is well formed.
    """
    if not any(c in TENS for c in numeral):
        return int("".join(str(DIGITS[c]) for c in numeral))
    total = part = digit = 0
    for c in numeral:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c == "万":
            total, part, digit = total + (part + digit) * 10_000, 0, 0
        else:
            part, digit = part + (digit or 1) * TENS[c], 0
    return total + part + digit


def exact(numeral: str) -> int | None:
    """Return the value of a numeral in Arabic or in Chinese; None when nobody writes it so.

    二七十二 and 一千一百六一 have no one value, 六87 is half of each.
    """
    if numeral.isascii():
        return int(numeral) if numeral.isdigit() else None
    if any(c not in DIGITS and c not in TENS for c in numeral):
        return None
    if not any(c in TENS for c in numeral):  # 二〇二一 digit by digit, 二 alone; but not 二七
        return read(numeral) if len(numeral) == 1 or set(numeral) & {"零", "〇"} else None
    value = read(numeral)
    same = numeral.replace("〇", "零").replace("两", "二")
    return value if same.removeprefix("一") == write(value).removeprefix("一") else None


def write(value: int) -> str:
    """Return ``value``, from 0 below ten million, as a law numbers its articles."""
    if value >= TENS["万"]:
        rest = value % TENS["万"]
        gap = "零" if 0 < rest < TENS["千"] else ""
        return f"{write(value // TENS['万'])}万{gap}{write(rest) if rest else ''}"
    if value == 0:
        return "零"
    said, skipped = "", False
    for sign, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = value // size % 10
        if digit:
            said += ("零" if skipped and said else "") + "零一二三四五六七八九"[digit] + sign
        skipped = not digit
    return said.removeprefix("一") if said.startswith("一十") else said
