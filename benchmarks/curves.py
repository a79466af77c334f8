"""Draws curves over shares as SVG, which stands beside a table and needs no library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scatter import COLOURS, EDGE, HEIGHT, WIDTH, line, text, whole

_DASHES = ("", "6 3", "2 3")  # another for each round of the colours

Points = Sequence[tuple[float, float]]


def curves(named: Mapping[str, Points], *, across: str, up: str) -> str:
    """Return an SVG of ``named`` curves, both axes from 0 to 1."""

    def place(x: float, y: float) -> tuple[float, float]:
        return EDGE + x * (WIDTH - 2 * EDGE), HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE)

    drawn: list[str] = []
    for tenth in range(0, 11, 2):
        left, low = place(0.0, tenth / 10)
        across_x, bottom = place(tenth / 10, 0.0)
        drawn += [line(left, low, WIDTH - EDGE, low), text(left - 20, low + 4, f"{tenth / 10:g}")]
        drawn += [line(across_x, bottom, across_x, EDGE)]
        drawn += [text(across_x, bottom + 18, f"{tenth / 10:g}")]
    for number, (name, points) in enumerate(named.items()):
        colour = COLOURS[number % len(COLOURS)]
        dash = _DASHES[number // len(COLOURS) % len(_DASHES)]
        path = "L".join("{:.1f} {:.1f}".format(*place(x, y)) for x, y in points)
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        drawn += [f'<path d="M{path}" {style}/>'] if path else []
        drawn.append(text(EDGE + 60 + 110 * (number % 6), 18 + 14 * (number // 6), name, colour))
    drawn += [text(WIDTH / 2, HEIGHT - 16, across), text(EDGE, EDGE - 8, up)]
    return whole(drawn)
