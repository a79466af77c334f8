"""Puts a spreadsheet's sheet into a document: its tables apart, each with the title above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domainkit.ingestion.readers.builder import TextBuilder

Row = Sequence[str]

# Rows that are longer on average hold texts, not figures: each is said by itself.
_LONG_ROW = 400


def add_sheet(builder: TextBuilder, name: str, grid: Sequence[Row]) -> None:
    """Add a sheet as a section headed by its name; one without text adds nothing.

    Args:
        builder: the document so far.
        name: the sheet's.
        grid: the text of every cell, row by row, rows of equal length.
    """
    tables = list(_tables(grid))
    if tables:
        builder.heading(1, name)
    lines: list[str] = []
    for table in tables:
        rows = list(table)
        while rows and sum(map(bool, rows[0])) == 1:
            lines.append(" ".join(filter(None, rows.pop(0))))
        if not rows:
            continue  # lines of text, perhaps the title of the table below them
        builder.block("\n".join(lines[:-1]))
        _add_table(builder, rows, "".join(lines[-1:]))
        lines.clear()
    builder.block("\n".join(lines))


def _add_table(builder: TextBuilder, rows: Sequence[Row], caption: str) -> None:
    head, *body = rows
    if sum(len(cell) for row in body for cell in row) <= _LONG_ROW * len(body):
        builder.table(rows, caption=caption)
        return
    builder.block(caption)
    for row in body:
        pairs = [(key, cell) for key, cell in zip(head, row, strict=True) if cell]
        builder.block("\n".join(f"{key}: {cell}" if key else cell for key, cell in pairs))


def _tables(grid: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the tables of a sheet: blank rows divide them, and blank columns between tables."""
    for first, last in _runs([any(row) for row in grid]):
        block = grid[first:last]
        columns = _runs([any(column) for column in zip(*block, strict=True)])
        parts = [[row[left:right] for row in block] for left, right in columns]
        if len(parts) > 1 and all(map(_is_table, parts)):
            for part in parts:
                yield from _tables(part)
        else:
            yield [row[columns[0][0] : columns[-1][1]] for row in block]


def _is_table(part: Sequence[Row]) -> bool:
    return len(part[0]) > 1 and sum(map(any, part)) > 1


def _runs(filled: Sequence[bool]) -> list[tuple[int, int]]:
    """Return where each run of true values begins and ends."""
    edges = [
        n
        for n, (a, b) in enumerate(zip([False, *filled], [*filled, False], strict=True))
        if a != b
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
