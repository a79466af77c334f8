"""The marks of paragraphs within an article or clause, as a professional cites them.

"(2)" and, below it, "(a)" are cited together: § 14(2)(a). Chinese statutes count the paragraphs
of an article (款) and, below one, its items (项): 第十二条第二款第（三）项.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domainkit.ingestion import numbering
from domainkit.ingestion.locators import BLANK_LINES
from domainkit.types import Span

# A mark begins a paragraph, or a line where the one above it has ended: a wrapped line may begin
# with a cross-reference to "(b)".
_ENDED = (".", ";", ":", "。", "；", "：", " and", " or")
# Chinese paragraphs begin two characters in.
_INDENTED = re.compile(r"(?m)^(?:\u3000| {2,}+|\t)[ \t\u3000]*+[\u4e00-\u9fff（(“《]")
_ROMAN = re.compile("[ivxl]+")
_HAN = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a paragraph begins, its mark, if it has one, and what kind of mark that is."""

    start: int
    label: str
    kind: str


class Marks:
    """The marks of the paragraphs of one unit."""

    def __init__(self, text: str, unit: Span, heading: str, pattern: re.Pattern[str]) -> None:
        """Find the marks.

        Args:
            text: the document's.
            unit: where the unit stands, its heading included.
            heading: what the heading says; a paragraph of its own is none of the unit's.
            pattern: a mark at the start of a line, with a group ``label``.
        """
        start, end = unit.start, unit.end
        paragraphs = list(_paragraphs(text, start, end, pattern))
        below = paragraphs[1][0] if len(paragraphs) > 1 else end
        if " ".join(text[start:below].split()) == heading:
            del paragraphs[0]
        self._marks = list(_kinds(paragraphs))
        unmarked = [mark for mark in self._marks if not mark.label]
        # 款 are counted only where there is more than one.
        self._counted = len(unmarked) > 1 and any(map(_is_han, text[start:end]))

    def at(self, offset: int) -> str:
        """Return what is cited after the unit for a passage that begins at ``offset``."""
        stack: list[_Mark] = []
        paragraphs = 0
        for mark in self._marks:
            if mark.start > offset:
                break
            if not mark.label:
                paragraphs += 1
                stack.clear()
                continue
            kinds = [outer.kind for outer in stack]
            del stack[kinds.index(mark.kind) if mark.kind in kinds else len(stack) :]
            stack.append(mark)
        clause = f"第{_han(paragraphs)}款" if self._counted and paragraphs else ""
        return clause + "".join(_cited(mark) for mark in stack)


def _paragraphs(
    text: str, start: int, end: int, pattern: re.Pattern[str]
) -> Iterator[tuple[int, str]]:
    """Yield where each paragraph of the unit begins, and its mark; empty for one without."""
    begins = {start, *(m.end() for m in BLANK_LINES.finditer(text, start, end))}
    begins |= {m.start() for m in _INDENTED.finditer(text, start, end)}
    for line in re.finditer(r"(?m)^", text[start:end]):
        at = start + line.start()
        if at in begins or _has_ended(text, start, at - 1):
            found = pattern.match(text, at, end)
            goes_on = text[at : at + 1].islower() or text.startswith("§", at)
            if found or (at in begins and not goes_on):
                yield at, found["label"] if found else ""
                begins.discard(at)


def _has_ended(text: str, start: int, end: int) -> bool:
    """Return whether the line that ends at ``end``, or the one above a blank one, has ended."""
    end = max(start, end - text.startswith("\n", end - 1))
    line = text[max(start, text.rfind("\n", start, end) + 1) : end]
    return line.rstrip(" \t").endswith(_ENDED)


def _kinds(paragraphs: Iterable[tuple[int, str]]) -> Iterator[_Mark]:
    """Yield the marks with their kinds: whether "(i)" is a numeral or a letter, others tell."""
    last: dict[str, str] = {}
    for start, label in paragraphs:
        bare = label.strip("()（）")
        kind = _kind(bare, last)
        last[kind] = bare
        yield _Mark(start, label, kind)


def _kind(bare: str, last: dict[str, str]) -> str:
    if bare[:1].isdigit():
        return "number"
    if bare.isupper() and bare.isascii():
        return "capital"
    if not bare.isascii():
        return "han"
    if _ROMAN.fullmatch(bare):
        letter = last.get("letter", "")
        follows = len(bare) == 1 and len(letter) == 1 and ord(bare) == ord(letter) + 1
        numeral = numbering.parse(last.get("numeral", "").upper())
        turn = numbering.parse(bare.upper())
        if not follows or (numeral and turn and turn[0] == numeral[0] + 1):
            return "numeral" if bare == "i" or numeral else "letter"
    return "letter"


def _cited(mark: _Mark) -> str:
    if mark.kind == "han":
        return f"第（{mark.label.strip('()（）')}）项"
    if mark.kind == "capital" and not mark.label.startswith("("):
        return f"({mark.label})"
    return mark.label


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _han(number: int) -> str:
    """Return a number in Chinese; from 100 on, which only a damaged statute has, in digits."""
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{_HAN[tens]}十")
    return head + (_HAN[ones] if ones or not tens else "")
