"""The numbers of headings: what they are, and which of them count upwards.

A heading begins a line, and so, where a line happens to break there, does a cross-reference:
"第五十条 的规定", "Section 9.2 Limits". Numbers tell them apart, for headings count upwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Number = tuple[int, ...]

# How many headings ahead the number whose turn it is is looked for. A list within an article, or
# a line that begins with a cross-reference, is shorter than this; the text between two articles
# of a code that skips numbers is not.
LOOKAHEAD = 12

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN = re.compile("[零〇一二两三四五六七八九十百千]+")
_ARABIC = re.compile(r"(\d+(?:\.\d+)*)\s*([A-Za-z])?(?![A-Za-z])")
_ROMAN = re.compile(r"\b([IVXLC]+)\b")
_NOTHING: Number = (0,)
_BEGINNINGS: tuple[Number, ...] = ((1,), (1, 1))
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def parse(label: str) -> Number | None:
    """Return the number in a label, by parts: "§ 43A" is (43, 1), "第十二条之一" is (12, 1)."""
    if arabic := _ARABIC.search(label):
        parts = [int(part) for part in arabic[1].split(".")]
        if arabic[2]:
            parts.append(ord(arabic[2].upper()) - 64)
        return tuple(parts)
    if han := _HAN.findall(label):
        return tuple(_han(run) for run in han)
    if roman := _ROMAN.search(label):
        return (_roman(roman[1]),)
    return None


def upward(numbers: Sequence[Number | None], doubtful: Sequence[bool] = ()) -> list[bool]:
    """Return for each number, in the order of the text, whether it belongs to the count.

    The count may skip (repealed articles), go into parts (4.1, 43A) and begin again at 1 (an
    annex). What goes back does not belong, nor what jumps ahead, nor a list that begins at 1,
    while the number whose turn it is comes soon after. A doubtful number belongs only when it is
    its turn.
    """
    accepted: list[bool] = []
    last = _NOTHING
    for index, number in enumerate(numbers):
        soon = numbers[index + 1 : index + 1 + LOOKAHEAD]
        doubt = index < len(doubtful) and doubtful[index]
        follows = number is not None and _follows(last, number, soon, doubt=doubt)
        accepted.append(follows)
        if number is not None and follows:
            last = number
    return accepted


def _follows(last: Number, number: Number, soon: Sequence[Number | None], *, doubt: bool) -> bool:
    expected = _successors(last) if last != _NOTHING else set(_BEGINNINGS)
    if number in expected:
        return True
    if doubt:
        return False
    onward = number > last or (number in _BEGINNINGS and number != last)
    return onward and not any(other in expected for other in soon)


def _successors(last: Number) -> set[Number]:
    """Return the numbers that may come next without a gap: after 4.1, any of 4.2, 4.1.1, 5."""
    return {(*last[:depth], last[depth] + 1) for depth in range(len(last))} | {(*last, 1)}


def _han(run: str) -> int:
    if not any(c in _TENS for c in run):
        return int("".join(str(_DIGITS[c]) for c in run))
    total, digit = 0, 0
    for c in run:
        if c in _TENS:
            total += (digit or 1) * _TENS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


def _roman(run: str) -> int:
    values = [_ROMAN_VALUES[c] for c in run]
    later = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, later, strict=True))
