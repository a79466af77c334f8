"""Orders the lines of a page that were not drawn as they are read.

What is drawn in order stays so: only numbers of clauses drawn without their text, the cells of
tables, and columns of prose that were drawn across change places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from domainkit.ingestion.readers.ocr_layout import (
    HYPHEN,
    LABEL,
    TABLE_ROWS,
    Line,
    blocks_text,
    is_beside,
    is_cells,
    page_text,
    rows_of,
    starts_of,
)

# Distances are in heights of a line of the page. The rows of a table are no farther apart (1.2 at
# the most in those looked at), nor are its columns.
_TABLE_GAP = 2.0
_TABLE_ASIDE = 4.0
# A line that fills so much of the page is no cell.
_WIDE = 0.4
# The heads of a table may be drawn in so many steps before two of them stand side by side.
_HEADS = 9
# A cell has no more lines.
_CELL_LINES = 4
# Columns of prose that are drawn across have so many rows, with so many letters on either side.
# With 4 rows, lists of terms and signatures side by side were torn apart (5 rows at the most).
_ACROSS, _PROSE = 8, 16


class Box(NamedTuple):
    """Where something stands, in points: right and down from the page's corner."""

    left: float
    top: float
    right: float
    bottom: float


def arranged(lines: Sequence[Line]) -> str:
    """Return the text of the lines of a page, in order.

    The order they are drawn in is kept, but for numbers of clauses that were drawn without their
    text, for the cells of tables, and for columns of prose that were drawn across.

    Args:
        lines: as they are drawn; the cells of a row apart.
    """
    em = median(line.height for line in lines)
    rows: list[list[Line]] = []
    for line in _labelled(lines):
        if rows and line.left > rows[-1][-1].left and is_beside(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    text = page_text(lines) if _across(rows, em) else blocks_text(_blocks(rows, em), em)
    return text.replace(f"{HYPHEN}\n", HYPHEN)


def _labelled(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with each number before the clause it stands beside."""
    ordered: list[Line] = []
    for line in lines:
        at = len(ordered)
        if LABEL.fullmatch(line.text):
            at = next((n for n, other in enumerate(ordered) if _is_before(line, other)), at)
        ordered.insert(at, line)
    return ordered


def _is_before(label: Line, line: Line) -> bool:
    return 2 * line.left > label.left + label.right and is_beside(label, line)


def _across(rows: Sequence[Sequence[Line]], em: float) -> bool:
    """Return whether columns of prose are drawn row by row."""
    pairs = 0
    for row in rows:
        starts = starts_of(row, em)
        prose = len(starts) == 2 and all(
            sum(len(line.text) for line in row if (line.left < starts[1]) == left) >= _PROSE
            for left in (True, False)
        )
        pairs = pairs + 1 if prose else 0
        if pairs >= _ACROSS:
            return True
    return False


def _blocks(rows: Sequence[list[Line]], em: float) -> Iterator[list[list[Line]]]:
    """Yield each row by itself, and the rows of a table together."""
    page = _around([line for row in rows for line in row])
    wide = _WIDE * (page.right - page.left)
    at = 0
    while at < len(rows):
        end = _table_end(rows, at, em, wide) if _begins(rows, at, em) else at
        table = rows_of(_whole([line for row in rows[at:end] for line in row]))
        if sum(is_cells(row, em) for row in table) >= TABLE_ROWS:
            yield table
            at = end
        else:
            yield [rows[at]]
            at += 1


def _begins(rows: Sequence[list[Line]], at: int, em: float) -> bool:
    """Return whether a row has cells, some of which may be drawn after others."""
    return is_cells(rows[at], em) or any(
        is_cells(row, em) and is_beside(rows[at][0], row[0]) for row in rows[at + 1 : at + _HEADS]
    )


def _table_end(rows: Sequence[list[Line]], first: int, em: float, wide: float) -> int:
    """Return where the table that begins with a row ends.

    A cell of several lines is drawn line by line: such lines belong to it when rows with several
    cells stand beside or below them.
    """
    table = reached = _around(rows[first])
    end = first + 1
    for at, row in enumerate(rows[first + 1 :], start=first + 1):
        box = _around(row)
        several = is_cells(row, em)
        if not _is_near(reached, box, em) or (not several and box.right - box.left > wide):
            break
        reached = _around([reached, box])
        if several or box.top < table.bottom - em / 2:
            table, end = reached, at + 1
    return end


def _whole(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a table with cells of several lines made one.

    The lines of a cell are drawn one below the other before the cell to its right.
    """
    whole: list[Line] = []
    for line in lines:
        size = _cell_before(line, whole)
        if size > 1:
            cell = whole[-size:]
            text = " ".join(part.text for part in cell)
            box = _around(cell)
            whole[-size:] = [replace(line, text=text, left=box.left, right=box.right)]
        whole.append(line)
    return whole


def _cell_before(line: Line, lines: Sequence[Line]) -> int:
    """Return of how many of ``lines``, the last ones, the cell to the left of ``line`` is made."""
    if not lines or line.left < lines[-1].right:  # most stand below: seen at once
        return 1
    size = 1
    while size < min(_CELL_LINES, len(lines)) and _is_below(lines[-size], lines[-size - 1]):
        size += 1
    return next((n for n in range(size, 1, -1) if _is_cell(lines[-n:], line)), 1)


def _is_below(line: Line, above: Line) -> bool:
    down = 0 <= line.top - above.top < 2 * above.height
    return down and line.left < above.right and above.left < line.right


def _is_cell(lines: Sequence[Line], line: Line) -> bool:
    """Return whether lines that stand one below the other stand to the left of ``line``."""
    box = _around(lines)
    beside = box.top - line.height < line.top and line.bottom < box.bottom + line.height
    level = is_beside(lines[0], line) or is_beside(lines[-1], line)
    return level and beside and line.left >= box.right


def _is_near(table: Box, box: Box, em: float) -> bool:
    across = max(box.left - table.right, table.left - box.right)
    down = max(box.top - table.bottom, table.top - box.bottom)
    return across < _TABLE_ASIDE * em and down < _TABLE_GAP * em


def _around(places: Sequence[Box | Line]) -> Box:
    return Box(
        min(place.left for place in places),
        min(place.top for place in places),
        max(place.right for place in places),
        max(place.bottom for place in places),
    )
