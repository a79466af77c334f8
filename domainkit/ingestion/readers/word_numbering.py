"""The numbers Word counts by itself: "4.2", "(a)", "第三条" stand in no paragraph's text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_HAN = "〇一二三四五六七八九"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
BULLET = "-"


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    style: str


class Numbering:
    """Counts the numbered paragraphs of one document, in the order they are asked for."""

    def __init__(self, numbering: Any | None, styles: Any) -> None:
        """Prepare to count.

        Args:
            numbering: the root of the numbering part; None where a document has none.
            styles: the root of the styles part.
        """
        self._lists: dict[str, dict[int, _Level]] = {}
        self._list_of: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._styles = {style.get(W + "styleId"): style for style in styles.iter(W + "style")}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        if numbering is not None:
            self._read(numbering)

    def label(self, paragraph: Any) -> str:
        """Return what Word shows before ``paragraph``: "4.2", "-" for a bullet, or nothing."""
        name, depth = self._place(paragraph)
        levels = self._lists.get(self._list_of.get(name, ""), {})
        level = levels.get(depth)
        if level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return BULLET
        counts = self._counted(name, depth, levels)

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            outer = levels.get(at, level)
            return written(counts.get(at, outer.start), outer.form)

        return re.sub(r"%(\d)", shown, level.text).strip()

    def _read(self, numbering: Any) -> None:
        for one in numbering.iter(W + "abstractNum"):
            self._lists[one.get(W + "abstractNumId")] = {
                int(level.get(W + "ilvl")): _level(level) for level in one.iter(W + "lvl")
            }
        for one in numbering.iter(W + "num"):
            name = one.get(W + "numId")
            self._list_of[name] = _value(one, "abstractNumId")
            self._restarts[name] = {
                int(change.get(W + "ilvl")): int(_value(change, "startOverride"))
                for change in one.iter(W + "lvlOverride")
                if _value(change, "startOverride").isdecimal()
            }

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Return the list a paragraph is of, by itself or by its style, and how deep."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        if own is not None and _value(own, "numId"):
            return _value(own, "numId"), int(_value(own, "ilvl") or 0)
        name = _value(paragraph.find(f"{W}pPr"), "pStyle")
        seen: set[str] = set()
        while name in self._styles and name not in seen:
            seen.add(name)
            style = self._styles[name]
            found = style.find(f"{W}pPr/{W}numPr")
            if found is not None and _value(found, "numId"):
                list_name = _value(found, "numId")
                return list_name, self._depth(list_name, name, _value(found, "ilvl"))
            name = _value(style, "basedOn")
        return "", 0

    def _depth(self, list_name: str, style: str, given: str) -> int:
        levels = self._lists.get(self._list_of.get(list_name, ""), {})
        tied = (depth for depth, level in levels.items() if level.style == style)
        return int(given) if given else next(tied, 0)

    def _counted(self, name: str, depth: int, levels: dict[int, _Level]) -> dict[int, int]:
        counts = self._counts[self._list_of[name]]
        for at, start in self._restarts.pop(name, {}).items():
            counts[at] = start - 1
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [at for at in counts if at > depth]:
            del counts[deeper]
        return counts


def _level(level: Any) -> _Level:
    start = _value(level, "start")
    return _Level(
        start=int(start) if start.isdecimal() else 1,
        form=_value(level, "numFmt") or "decimal",
        text=_value(level, "lvlText"),
        style=_value(level, "pStyle"),
    )


def _value(parent: Any | None, name: str) -> str:
    found = parent.find(W + name) if parent is not None else None
    return (found.get(W + "val") or "") if found is not None else ""


def written(number: int, form: str) -> str:
    """Return ``number`` in one of Word's forms; unknown forms count in figures."""
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.upper() if form == "upperRoman" else roman
    if form == "decimalZero":
        return f"{number:02}"
    if form.startswith(("chinese", "ideographDigital", "japaneseCounting", "taiwanese")):
        return _han(number)
    return str(number)


def _roman(number: int) -> str:
    digits = ""
    for value, letters in _ROMAN:
        while number >= value:
            digits += letters
            number -= value
    return digits


def _han(number: int) -> str:
    if number >= 1000:
        return "".join(_HAN[int(digit)] for digit in str(number))
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_HAN[hundreds]}百" if hundreds else ""
    if tens:
        said += ("" if tens == 1 and not hundreds else _HAN[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (_HAN[ones] if ones else "") or "零"
