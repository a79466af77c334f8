"""Sets in order the pages of a PDF whose text layer is not written as it is read.

pdfium gives text as the file draws it. Mostly that is the order of reading; where it is not, or
where there are tables, the places of its characters say more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from ctypes import byref, c_double
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from domainkit.extras import load
from domainkit.ingestion.readers.ocr_layout import HYPHEN, Line
from domainkit.ingestion.readers.pdf_order import Box, arranged

# Distances are in heights of a line of the page, as high as its letters are drawn. Chosen on 314
# real pages: 49 are set in order, 30 for tables and 19 for numbers, and keep every word they had.
_CELL_GAP = 1.2
# White between two words of a line is seldom more; where it is they are joined again, or cells:
# with .8, cells of a table in small print became one.
_WORD_GAP = 0.5
# A first cell no wider is the number of a clause.
_LABEL = 3.0
# A page has a table when so many rows have three cells or more, or so many, one below the other,
# two. With 3 of either, 33 pages have tables instead of 30.
_ROWS = 3
_PAIRS = 4
# What is drawn in more steps is no page of text (the most of real pages is 840).
_MOST = 4000
# Right-to-left text is drawn in either direction: pdfium knows, its boxes do not say.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# A table of contents is read as it is drawn: it says nothing, and is told by its lines.
_LEADERS = re.compile(r"(?:\. ?){6,}")
_HYPHEN = 2  # as pdfium numbers what breaks a word
_WORD = re.compile(f"[^\\s{HYPHEN}]+{HYPHEN}?|{HYPHEN}")


class _Word(NamedTuple):
    """A word, the boxes of its first and last letters, and whether it begins a line."""

    text: str
    first: Box
    last: Box
    begins: bool


class Layout:
    """Finds the pages that need another order, and gives it to them."""

    def __init__(self) -> None:
        self._raw: Any = load("pypdfium2.raw", needed_for="reading PDF")
        self._place = self._raw.FS_RECTF()
        self._at = byref(self._place)

    def text(self, page: Any, layer: Any) -> str:
        """Return the text of a page of pypdfium2, in order.

        Args:
            page: the page.
            layer: its text layer.
        """
        text = str(layer.get_text_range())
        turned = page.get_rotation() or _RIGHT_TO_LEFT.search(text)
        contents = len(_LEADERS.findall(text)) >= _ROWS
        if turned or contents or not needs_order(self._runs(layer)):
            return text
        lines = list(_lines(self._words(layer, text)))
        return arranged(lines) if lines else text

    def _runs(self, layer: Any) -> list[Box]:
        """Return the boxes of what is written in one go; cheap, for pdfium has few of them."""
        left, top, right, bottom = sides = [c_double() for _ in range(4)]
        places, get = list(map(byref, sides)), self._raw.FPDFText_GetRect
        boxes = []
        for number in range(self._raw.FPDFText_CountRects(layer, 0, -1)):
            get(layer, number, *places)
            boxes.append(Box(left.value, -top.value, right.value, -bottom.value))
        return boxes

    def _words(self, layer: Any, text: str) -> Iterator[_Word]:
        text, end = self._as_counted(layer, text), 0
        for match in _WORD.finditer(text):
            first, last = self._box(layer, match.start()), self._box(layer, match.end() - 1)
            between = text[end : match.start()]
            yield _Word(match[0], first, last, begins=not between or "\n" in between)
            end = match.end()

    def _as_counted(self, layer: Any, text: str) -> str:
        """Return the text with a character for each that pdfium counts."""
        count = self._raw.FPDFText_CountChars(layer)
        if len(text) == count:
            return text
        codes = (self._raw.FPDFText_GetUnicode(layer, number) for number in range(count))
        return "".join(HYPHEN if code == _HYPHEN else chr(code) for code in codes)

    def _box(self, layer: Any, number: int) -> Box:
        place = self._place
        self._raw.FPDFText_GetLooseCharBox(layer, number, self._at)
        return Box(place.left, -place.top, place.right, -place.bottom)


def needs_order(runs: Sequence[Box]) -> bool:
    """Return whether a page has a table, or is not written as it is read.

    Args:
        runs: what is written in one go, as pdfium has it.
    """
    runs = [run for run in runs if run.right > run.left and run.bottom > run.top]
    if not _ROWS <= len(runs) <= _MOST:
        return False
    em = median(run.bottom - run.top for run in runs)
    return _goes_back(runs, em) or _has_table(runs, em)


def _goes_back(runs: Sequence[Box], em: float) -> bool:
    """Return whether something short is written after what stands to the right of it."""
    for number, (above, run) in enumerate(pairwise(runs), start=1):
        up = above.top + above.bottom - run.top - run.bottom > 2 * em
        short = run.right - run.left < _LABEL * em and run.bottom - run.top < 2 * em
        if up and short and any(_follows(run, b, em) for b in runs[:number]):
            return True
    return False


def _follows(run: Box, other: Box, em: float) -> bool:
    """Return whether ``other`` stands in the same row, right of ``run``."""
    return _level(run, other, em) and 2 * other.left > run.left + run.right


def _has_table(runs: Sequence[Box], em: float) -> bool:
    wide = pairs = 0
    for cells in _rows(runs, em):
        label = len(cells) == 2 and cells[0].right - cells[0].left < _LABEL * em
        wide += len(cells) > 2
        pairs = pairs + 1 if len(cells) > 1 and not label else 0
        if wide >= _ROWS or pairs >= _PAIRS:
            return True
    return False


def _rows(runs: Sequence[Box], em: float) -> Iterator[list[Box]]:
    """Yield the cells of each row, as they are written."""
    cells: list[Box] = []
    for run in runs:
        if not cells or not _level(cells[-1], run, em):
            if cells:
                yield cells
            cells = [run]
        elif run.left - cells[-1].right >= _CELL_GAP * em:
            cells.append(run)
        else:
            last = cells[-1]
            cells[-1] = last._replace(right=max(last.right, run.right))
    if cells:
        yield cells


def _level(one: Box, other: Box, em: float) -> bool:
    return abs(one.top + one.bottom - other.top - other.bottom) < em


def _lines(words: Iterable[_Word]) -> Iterator[Line]:
    """Yield the lines of a page, words that stand apart by themselves."""
    line: list[_Word] = []
    for word in words:
        if line and (word.begins or _apart(line[-1].last, word.first)):
            yield _line(line)
            line = []
        line.append(word)
    if line:
        yield _line(line)


def _apart(last: Box, box: Box) -> bool:
    """Return whether a word does not belong to the one before it."""
    height = min(last.bottom - last.top, box.bottom - box.top)
    return box.left - last.right > _WORD_GAP * height or box.left < last.left - height


def _line(words: Sequence[_Word]) -> Line:
    boxes = [box for word in words for box in (word.first, word.last)]
    return Line(
        " ".join(word.text for word in words),
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
