"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# A cell with the columns and the rows it spans.
Cell = tuple[str, int, int]

# No table a person wrote is wider, or spans more: a page may claim any number.
_MOST = 200


def markdown(rows: Iterable[Sequence[str]]) -> str:
    """Return ``rows``, the first of them the heads, as a Markdown table; empty without text."""
    lines = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    lines = [line for line in lines if any(line)]
    if not lines:
        return ""
    width = max(map(len, lines))
    drawn = ["| " + " | ".join(line + [""] * (width - len(line))) + " |" for line in lines]
    return "\n".join([drawn[0], "|" + " --- |" * width, *drawn[1:]])


def spread(rows: Iterable[Sequence[Cell]]) -> list[list[str]]:
    """Return rows of equal columns from cells that span some; a spanned place stays empty."""
    taken: set[tuple[int, int]] = set()
    grid: list[list[str]] = []
    for number, row in enumerate(rows):
        line: list[str] = []
        for text, columns, deep in row:
            while (number, len(line)) in taken:
                line.append("")
            for down in range(1, min(deep, _MOST)):
                taken.update((number + down, len(line) + n) for n in range(min(columns, _MOST)))
            line += [text, *[""] * (min(columns, _MOST) - 1)]
        grid.append(line)
    return grid
