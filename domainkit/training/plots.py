"""Draws the losses of a run, and what was measured on held-out rows, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from domainkit.training.loop import Step

_WIDTH, _HEIGHT, _EDGE = 640, 240, 44
_LOSS, _MEASURED = "#1f6feb", "#d1481e"


def losses(steps: Sequence[Step], measured: Sequence[tuple[int, float]]) -> str:
    """Return the loss of each step, stages one after the other, and the values measured."""
    taken = [(number, step.loss) for number, step in enumerate(steps, start=1)]
    parts = [_line(taken, taken, _LOSS)]
    told = f"loss {taken[0][1]:.3f} to {taken[-1][1]:.3f}, {len(taken)} steps"
    if measured:
        parts.append(_line(measured, taken, _MEASURED))
        told += f"; held out {measured[0][1]:.3f} to {measured[-1][1]:.3f} (own scale)"
    text = f'<text x="{_EDGE}" y="20" font-family="sans-serif" font-size="13">{told}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<rect width="100%" height="100%" fill="white"/>{text}{"".join(parts)}</svg>\n'
    )


def _line(
    values: Sequence[tuple[int, float]], steps: Sequence[tuple[int, float]], colour: str
) -> str:
    """Return ``values`` as a line over all ``steps``, from their least to their greatest."""
    least, most = min(v for _, v in values), max(v for _, v in values)
    across = (_WIDTH - 2 * _EDGE) / max(1, len(steps) - 1)
    up = (_HEIGHT - 2 * _EDGE) / ((most - least) or 1)
    points = " ".join(
        f"{_EDGE + (number - 1) * across:.1f},{_HEIGHT - _EDGE - (value - least) * up:.1f}"
        for number, value in values
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
