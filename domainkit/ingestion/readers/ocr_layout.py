"""Puts the lines of a page in order by where they stand: columns, rows, tables, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from domainkit.ingestion.readers.tables import markdown

# Distances are in heights of a line of the page.
_GUTTER = 0.8  # the least white between two columns of prose
_CELL_GAP = 1.0  # the least white between two cells of a row
_PARAGRAPH_GAP = 0.75  # more white than this above a line begins a paragraph
# Two lines stand in one row when so much of the lower one's height is beside the other.
_BESIDE = 0.5
# A column of prose has at least so many lines, and they fill so much of its width.
_COLUMN_LINES = 4
_COLUMN_FILL = 0.6
# What stands beside a column of prose is a table's cells when more of its lines are level with
# lines of the prose; a figure's or another column's seldom are.
_LEVEL = 0.6
# Lines of prose are at least so long; cells of a table are shorter. Han characters say more.
_PROSE = 16
_PROSE_HAN = 8
# A table has at least so many rows of several cells.
TABLE_ROWS = 3
# A line so many times as high as wide, and longer than a word or two, runs along the page.
_ASIDE = 2.0
_WORD = 4
# What stands before a clause or a point of a list, apart from it: no cell of a table.
LABEL = re.compile(
    r"[(（]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlIVXL]{2,5})[.)）、]|\d{1,3}(?:\.\d{1,3})+|[•▪●◦·*–-]"
)
_CAPTION = re.compile(r"(?:Table|TABLE|表)\s*[\dIVX一二三四五六七八九十]+")
# pdfium's mark for a hyphen that breaks a word.
HYPHEN = "\ufffe"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its box in pixels, down and right from the page's corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """How high the line is, in pixels."""
        return self.bottom - self.top


def page_text(lines: Sequence[Line]) -> str:
    """Return the text of a page in reading order, a blank line between its paragraphs.

    Lines that run up or down the page beside its text, such as stamps, come last.
    """
    aside = [line for line in lines if line.height > _ASIDE * (line.right - line.left)]
    text = [line for line in lines if line not in aside or len(line.text) < _WORD]
    if not text:
        return "\n".join(line.text for line in lines)
    em = median(line.height for line in text)
    regions = [_region(region, em) for region in _ordered(text, em)]
    return "\n\n".join([*regions, *(line.text for line in aside if len(line.text) >= _WORD)])


def _ordered(lines: Sequence[Line], em: float) -> Iterator[Sequence[Line]]:
    """Yield the regions of a page in reading order: column by column, from the top."""
    if columns := _columns(lines, em):
        for column in columns:
            yield from _ordered(column, em)
        return
    above, below = _halves(lines)
    # Only a page that has columns somewhere is taken apart; any other is read row by row.
    if below and (_has_columns(above, em) or _has_columns(below, em)):
        yield from _ordered(above, em)
        yield from _ordered(below, em)
    else:
        yield lines


def _has_columns(lines: Sequence[Line], em: float) -> bool:
    if len(lines) < 2 * _COLUMN_LINES:
        return False
    if _columns(lines, em):
        return True
    above, below = _halves(lines)
    return bool(below) and (_has_columns(above, em) or _has_columns(below, em))


def _columns(lines: Sequence[Line], em: float) -> list[list[Line]]:
    """Return the columns of prose side by side; none where there is but one, or a table."""
    columns: list[list[Line]] = []
    edge = float("-inf")
    for line in sorted(lines, key=lambda line: line.left):
        if line.left - edge >= _GUTTER * em or not columns:
            columns.append([])
        columns[-1].append(line)
        edge = max(edge, line.right)
    prose = [column for column in columns if _is_prose(column)]
    others = [line for column in columns if column not in prose for line in column]
    beside = sum(any(_is_level(line, other, em) for c in prose for other in c) for line in others)
    return columns if len(columns) > 1 and prose and beside <= _LEVEL * len(others) else []


def _is_level(first: Line, second: Line, em: float) -> bool:
    return abs(first.top + first.bottom - second.top - second.bottom) < em / 2


def _is_prose(column: Sequence[Line]) -> bool:
    width = max(line.right for line in column) - min(line.left for line in column)
    filled = median(line.right - line.left for line in column) >= _COLUMN_FILL * width
    return (
        len(column) >= _COLUMN_LINES
        and filled
        and median(_length(line.text) for line in column) >= _PROSE
    )


def _length(text: str) -> float:
    """Return how long a line says it is: a Han character counts as several letters."""
    han = sum("\u3040" <= character <= "\u9fff" for character in text)
    return len(text) - han + han * _PROSE / _PROSE_HAN


def _halves(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Return the lines above and below the widest white band across; none below if none is."""
    ordered = sorted(lines, key=lambda line: line.top)
    edge, widest, at = ordered[0].bottom, 0.0, 0
    for number, line in enumerate(ordered[1:], start=1):
        if line.top - edge > widest:
            widest, at = line.top - edge, number
        edge = max(edge, line.bottom)
    return (ordered[:at], ordered[at:]) if at else (ordered, [])


def _region(lines: Sequence[Line], em: float) -> str:
    """Return the text of one region, read row by row."""
    return blocks_text(_blocks(rows_of(lines), em), em)


def blocks_text(blocks: Iterable[Sequence[Sequence[Line]]], em: float) -> str:
    """Return the text of blocks as they follow each other.

    Args:
        blocks: each a row of lines, or the rows of a table, which becomes Markdown.
        em: how high a line of the page is.
    """
    text, bottom = "", 0.0
    for block in blocks:
        top = min(line.top for line in block[0])
        away = top - bottom > _PARAGRAPH_GAP * em or bottom - top > _COLUMN_LINES * em
        apart = len(block) > 1 or text.endswith("|") or away
        if len(block) > 1:
            text = _captioned(text)
        text += ("\n\n" if apart else "\n") if text else ""
        text += _grid(block, em) if len(block) > 1 else _joined(block[0], em)
        bottom = max(line.bottom for line in block[-1])
    return text


def _captioned(text: str) -> str:
    """Return the text above a table, a caption that ends it in one line, as passages keep it."""
    head, apart, last = text.rpartition("\n\n")
    if _CAPTION.match(last):
        return head + apart + last.replace(f"{HYPHEN}\n", HYPHEN).replace("\n", " ")
    return text


def rows_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines that stand beside each other, from the top; each row from the left."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        if rows and is_beside(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def is_beside(first: Line, line: Line) -> bool:
    """Return whether two lines stand in one row."""
    if first.bottom <= line.top or line.bottom <= first.top:  # most are: seen at once
        return False
    shared = min(first.bottom, line.bottom) - max(first.top, line.top)
    return shared >= _BESIDE * min(first.height, line.height)


def _joined(row: Sequence[Line], em: float) -> str:
    """Return a row as one line of text, more space where more white is."""
    if len(row) > 1 and LABEL.fullmatch(row[0].text):
        return f"{row[0].text} {_joined(row[1:], em)}"
    text = row[0].text
    for line, after in pairwise(row):
        text += ("  " if after.left - line.right >= _CELL_GAP * em else " ") + after.text
    return text


def starts_of(row: Sequence[Line], em: float) -> list[float]:
    """Return where the cells of a row begin."""
    if len(row) == 1:
        return [row[0].left]
    em = min(em, median(line.height for line in row))  # tables are often set smaller
    inner = (b.left for a, b in pairwise(row) if b.left - a.right >= _CELL_GAP * em)
    return [row[0].left, *inner]


def is_cells(row: Sequence[Line], em: float) -> bool:
    """Return whether a row has several cells; a number and its clause are none."""
    cells = len(starts_of(row, em))
    return cells > 2 or (cells == 2 and not LABEL.fullmatch(row[0].text))


def _blocks(rows: Sequence[list[Line]], em: float) -> Iterator[list[list[Line]]]:
    """Yield the rows of each table together, and every other row by itself."""
    run: list[list[Line]] = []
    for row, below in zip(rows, [*rows[1:], []], strict=True):
        several = is_cells(row, em)
        # A cell may go on in a row of its own.
        goes_on = bool(run and below) and is_cells(below, em) and _is_cell(row, run[-1])
        if several or goes_on:
            run.append(row)
            continue
        yield from _table(run, em)
        run = []
        yield [row]
    yield from _table(run, em)


def _is_cell(row: Sequence[Line], above: Sequence[Line]) -> bool:
    """Return whether a row may be the rest of a cell of the row above it."""
    left, right = row[0].left, row[-1].right
    beneath = any(line.left < right and left < line.right for line in above)
    return beneath and right - left < (above[-1].right - above[0].left) / 2


def _table(run: list[list[Line]], em: float) -> Iterator[list[list[Line]]]:
    """Yield a run of rows as one table, or, when they are too few for one, each by itself."""
    if sum(is_cells(row, em) for row in run) >= TABLE_ROWS:
        yield run
    else:
        yield from ([row] for row in run)


def _grid(block: Sequence[Sequence[Line]], em: float) -> str:
    """Return the rows of a table as Markdown; those of most cells say where columns part."""
    rows = rows_of([line for row in block for line in row])
    edges = _edges(rows, em)
    grid = []
    for row in rows:
        cells = [""] * (len(edges) + 1)
        for line in row:
            at = sum(edge <= (line.left + line.right) / 2 for edge in edges)
            cells[at] = f"{cells[at]} {line.text}".strip()
        grid.append(cells)
    return markdown(grid)


def _edges(rows: Sequence[Sequence[Line]], em: float) -> list[float]:
    """Return where the columns of a table part."""
    most = max(len(starts_of(row, em)) for row in rows)
    full = [row for row in rows if len(starts_of(row, em)) == most]
    edges = _white([line for row in full for line in row])
    if len(edges) == most - 1:
        return edges
    starts = starts_of(full[0], em)[1:]
    ends = [max(line.right for line in full[0] if line.left < start) for start in starts]
    every = [line for row in rows for line in row]
    return [_least_crossed(every, *gap) for gap in zip(ends, starts, strict=True)]


def _least_crossed(lines: Sequence[Line], left: float, right: float) -> float:
    """Return where, between two places, the fewest lines are cut in two."""
    sides = {side for line in lines for side in (line.left, line.right) if left < side < right}
    places = [(a + b) / 2 for a, b in pairwise(sorted({left, right, *sides}))]
    return min(places, key=lambda at: sum(line.left < at < line.right for line in lines))


def _white(lines: Sequence[Line]) -> list[float]:
    """Return the middle of each band of white from top to bottom."""
    ordered = sorted(lines, key=lambda line: line.left)
    edge, bands = ordered[0].right, []
    for line in ordered[1:]:
        if line.left > edge:
            bands.append((edge + line.left) / 2)
        edge = max(edge, line.right)
    return bands
