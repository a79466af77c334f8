"""Draws points of two measures as SVG, which stands beside a table and needs no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, EDGE = 720, 440, 60
COLOURS = ("#1f6feb", "#d1242f", "#2da44e", "#8250df")


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: what it is of, which kind it is, and where it stands."""

    name: str
    kind: str
    x: float
    y: float


def scatter(points: Sequence[Point], *, across: str, up: str) -> str:
    """Return an SVG of ``points``: across by powers of ten, up from 0 to 1, a colour a kind."""
    kinds = list(dict.fromkeys(point.kind for point in points))
    powers = [math.log10(max(point.x, 1e-3)) for point in points] or [0.0]
    first, last = math.floor(min(powers)), max(math.floor(min(powers)) + 1, math.ceil(max(powers)))

    def place(x: float, y: float) -> tuple[float, float]:
        share = (math.log10(max(x, 1e-3)) - first) / (last - first)
        return EDGE + share * (WIDTH - 2 * EDGE), HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE)

    drawn: list[str] = []
    for power in range(first, last + 1):
        x, y = place(10.0**power, 0.0)
        drawn += [line(x, y, x, EDGE), text(x, y + 18, f"{10.0**power:g}")]
    for tenth in range(0, 11, 2):
        x, y = place(10.0**first, tenth / 10)
        drawn += [line(x, y, WIDTH - EDGE, y), text(x - 20, y + 4, f"{tenth / 10:g}")]
    for point in points:
        x, y = place(point.x, point.y)
        colour = COLOURS[kinds.index(point.kind) % len(COLOURS)]
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>']
        drawn += [text(x, y - 7, point.name)]
    for number, kind in enumerate(kinds):
        colour = COLOURS[number % len(COLOURS)]
        drawn.append(text(EDGE + 40 + 90 * number, 24, kind, colour))
    drawn += [text(WIDTH / 2, HEIGHT - 16, across), text(EDGE, EDGE - 14, up)]
    return whole(drawn)


def whole(drawn: Sequence[str]) -> str:
    """Return the SVG of what was drawn, on white."""
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    paper = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return "\n".join([head, paper, *drawn, "</svg>\n"])


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a line of the grid."""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ddd"/>'


def text(x: float, y: float, words: str, colour: str = "#333") -> str:
    """Return words whose middle stands at (x, y)."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle"'
    return f'<text {place} font-size="11" fill="{colour}">{escape(words)}</text>'
