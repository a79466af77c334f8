"""What drawings of Office say: the figures of a chart as a table, the points of a diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
# Charts keep the figures they were drawn from in their file, so nothing is read off the drawing.
_CATEGORIES = ("cat", "xVal")
_VALUES = ("val", "yVal")


def chart_table(chart: Any) -> tuple[str, list[list[str]]]:
    """Return a chart's title and its rows: a head, then a row a category.

    Args:
        chart: the root element of the part a chart is kept in.
    """
    title = " ".join(
        "".join(node.itertext()).strip() for node in chart.iterfind(".//{*}title/{*}tx")
    )
    names: list[str] = []
    columns: list[dict[int, str]] = []
    categories: dict[int, str] = {}
    for series in chart.iter("{*}ser"):
        names.append(" ".join(_points(series, ("tx",)).values()))
        columns.append(_points(series, _VALUES))
        categories = categories or _points(series, _CATEGORIES)
    places = sorted({place for column in columns for place in column} | set(categories))
    rows = [
        [categories.get(place, ""), *(column.get(place, "") for column in columns)]
        for place in places
    ]
    return " ".join(title.split()), [["", *names], *rows] if rows else []


def _points(series: Any, names: tuple[str, ...]) -> dict[int, str]:
    """Return the values one part of a series holds, by their place."""
    found: dict[int, str] = {}
    for name in names:
        for point in series.iterfind(f"{{*}}{name}//{{*}}pt"):
            value = "".join(point.itertext()).strip()
            found.setdefault(
                int(point.get("idx") or 0), _plain(value) if name in _VALUES else value
            )
        for node in series.iterfind(f"{{*}}{name}/{{*}}v"):
            found.setdefault(0, (node.text or "").strip())
    return found


def _plain(value: str) -> str:
    """Return a figure without what binary arithmetic adds: 4.4000000000000004 is 4.4."""
    try:
        return format(float(value), ".15g")
    except ValueError:
        return value


def diagram_lines(diagram: Any) -> Iterator[str]:
    """Yield what the points of a diagram (SmartArt) say, as items of a list.

    Args:
        diagram: the root element of the part a diagram's data is kept in.
    """
    for point in diagram.iter(_DIAGRAM + "pt"):
        said = " ".join(
            "".join(t.text or "" for t in p.iter(A + "t")) for p in point.iter(A + "p")
        )
        if said.strip() and point.get("type") not in ("pres", "parTrans", "sibTrans"):
            yield f"- {' '.join(said.split())}"
