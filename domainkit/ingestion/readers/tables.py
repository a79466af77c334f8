"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# A cell with the columns and the rows it spans.
Cell = tuple[str, int, int]

# A part of a long table fits a passage of every profile.
PART = 800
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


def parts(rows: Iterable[Sequence[str]], *, longest: int = PART) -> list[str]:
    """Return ``rows`` as one Markdown table, or as several that repeat the heads.

    Args:
        rows: the first of them the heads.
        longest: how many characters a part may have, unless a single row has more.
    """
    head, *body = markdown(rows).split("\n", 2)
    if not body:
        return []
    top = f"{head}\n{body[0]}"
    tables = [top]
    for row in body[1].split("\n") if len(body) > 1 else ():
        if len(tables[-1]) + len(row) >= longest and tables[-1] != top:
            tables.append(top)
        tables[-1] += f"\n{row}"
    return tables


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
