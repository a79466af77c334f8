"""A metric over time as a drawing: an SVG that needs nothing else to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from domainkit.evaluation.log import Point

_WIDE, _HIGH = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 60
_BARS = "▁▂▃▄▅▆▇█"
_TICKS = 4


def sparkline(values: Sequence[float | None]) -> str:
    """Return the values as a row of bars, from the least to the greatest; a gap where none is."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    least, span = min(known), max(known) - min(known)
    return "".join(
        " " if v is None else _BARS[round((v - least) / span * 7) if span else 3] for v in values
    )


def svg(name: str, points: Sequence[Point]) -> str:
    """Return a drawing of ``points`` with their intervals and baselines, a run a step."""
    known = [point for point in points if point.value is not None]
    ends = [end for p in known for end in (p.value, p.low, p.high, p.baseline) if end is not None]
    least, most = min([0.0, *ends]), max([0.0, *ends])
    most = 1.0 if least >= 0 and most <= 1 else most
    places = {point.run: _across(number, len(known)) for number, point in enumerate(known)}

    def down(value: float) -> float:
        return _HIGH - _BOTTOM - (value - least) / (most - least) * (_HIGH - _TOP - _BOTTOM)

    parts = [
        *_axes(least, most, down=[down(least + i * (most - least) / _TICKS) for i in range(5)])
    ]
    for point in known:
        at, value = places[point.run], point.value or 0.0
        if point.low is not None and point.high is not None:
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{down(point.low):.1f}" '
                f'y2="{down(point.high):.1f}" class="interval"/>'
            )
        told = f"{point.run}: {value:.4f} of {point.count}"
        parts.append(
            f'<circle cx="{at:.1f}" cy="{down(value):.1f}" r="4">'
            f"<title>{escape(told)}</title></circle>"
        )
    parts.append(_line([(places[p.run], down(p.value or 0.0)) for p in known], "value"))
    theirs = [(places[p.run], down(p.baseline)) for p in known if p.baseline is not None]
    parts.append(_line(theirs, "baseline"))
    parts += _dates(known, places)
    return _page(name, parts)


def _across(number: int, count: int) -> float:
    return _LEFT + (number + 0.5) * (_WIDE - _LEFT - _RIGHT) / max(1, count)


def _line(places: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'


def _axes(least: float, most: float, *, down: Sequence[float]) -> list[str]:
    made = []
    for number, at in enumerate(down):
        value = least + number * (most - least) / _TICKS
        made.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    return made


def _dates(points: Sequence[Point], places: dict[str, float]) -> list[str]:
    """Return the day of each run, as many as there is room for."""
    step = max(1, len(points) // 8)
    return [
        f'<text x="{places[p.run]:.1f}" y="{_HIGH - _BOTTOM + 20}" text-anchor="middle">'
        f"{escape(f'{p.run[:4]}-{p.run[4:6]}-{p.run[6:8]}')}</text>"
        for p in points[::step]
    ]


def _page(name: str, parts: Sequence[str]) -> str:
    style = (
        "text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}"
        "polyline{fill:none;stroke-width:2}.value{stroke:#1a5fb4}circle{fill:#1a5fb4}"
        ".baseline{stroke:#888;stroke-dasharray:5 4}.interval{stroke:#99c1f1;stroke-width:3}"
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img">',
            f"<title>{escape(name)}</title><style>{style}</style>",
            f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="20">{escape(name)}: value with its 95 % interval; '
            "dashed: baseline</text>",
            *parts,
            "</svg>",
            "",
        )
    )
