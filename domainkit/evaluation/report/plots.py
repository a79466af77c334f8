"""Plots as SVG that stands in a page: no script, no style of their own, read aloud by a title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domainkit.evaluation.report.escaping import plain

WIDTH, HEIGHT = 340, 250
_LEFT, _RIGHT, _TOP, _FOOT = 46, 12, 12, 40
_TICKS = 5

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one run, the class that colours them, and what they are called."""

    name: str
    points: Sequence[Point]
    style: str = "a"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: its value in [0, 1], the ends of its interval, and a second one."""

    label: str
    value: float
    low: float
    high: float
    count: int
    other: float | None = None


@dataclass(frozen=True, slots=True)
class _Axes:
    x_most: float = 1.0
    y_most: float = 1.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _FOOT
        across = _LEFT + wide * min(max(x / self.x_most, 0.0), 1.0)
        return across, _TOP + high * (1 - min(max(y / self.y_most, 0.0), 1.0))


def risk(series: Sequence[Series]) -> str:
    """Return the share of wrong answers against the share of questions answered."""
    most = max((p[1] for one in series for p in one.points), default=0.0)
    axes = _Axes(y_most=_round_up(most))
    lines = "".join(_steps(axes, one) for one in series)
    frame = _frame(axes, "share of questions answered", "of these, wrong")
    return _svg(frame + lines, "Risk against coverage", _told(series, "coverage", "risk"))


def reliability(series: Sequence[Series]) -> str:
    """Return what came true against what was said; the size of a point is its questions."""
    axes = _Axes()
    ideal = _line("ideal", axes.at(0, 0), axes.at(1, 1))
    marks = "".join(_sized(axes, one) for one in series)
    frame = _frame(axes, "sufficiency that was said", "came true")
    return _svg(frame + ideal + marks, "Reliability", _told(series, "said", "came true"))


def scatter(series: Sequence[tuple[Series, Sequence[str]]], *, x: str, y: str) -> str:
    """Return named points: the time an answer takes against what it is worth."""
    most = max((p[0] for one, _ in series for p in one.points), default=0.0)
    axes = _Axes(x_most=_round_up(most))
    marks = "".join(
        _mark(axes, point, one.style, f"{name}: {point[0]:.2f}, {point[1]:.2f}")
        for one, names in series
        for point, name in zip(one.points, names, strict=True)
    )
    plain = [one for one, _ in series]
    return _svg(_frame(axes, x, y) + marks, f"{y} against {x}", _told(plain, x, y))


def bars(rows: Sequence[Bar], *, title: str) -> str:
    """Return bars with the ends of their intervals, a row each, the count behind its name."""
    row, label, right = 22, 190, 64
    height = row * len(rows) + 6
    scale = WIDTH * 2 - label - right
    parts = [_bar(bar, number * row + 4, label, scale) for number, bar in enumerate(rows)]
    said = "; ".join(f"{b.label} {b.value:.2f} ({b.low:.2f} to {b.high:.2f})" for b in rows)
    inner = f"<title>{plain(title)}: {plain(said)}</title>{''.join(parts)}"
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH * 2} {height}" class="bars">{inner}</svg>'
        if rows
        else '<p class="dim">Nothing to show.</p>'
    )


def interval(low: float, value: float, high: float, *, baseline: float | None = None) -> str:
    """Return a small line from ``low`` to ``high`` in [0, 1], with marks at value and baseline."""
    x = [2 + 116 * min(max(number, 0.0), 1.0) for number in (low, value, high)]
    mark = ""
    if baseline is not None:
        at = 2 + 116 * min(max(baseline, 0.0), 1.0)
        mark = f'<line class="base" x1="{at:.1f}" y1="2" x2="{at:.1f}" y2="14"/>'
    return (
        '<svg class="mini" viewBox="0 0 120 16" aria-hidden="true">'
        '<line class="axis" x1="2" y1="8" x2="118" y2="8"/>'
        f'<line class="range" x1="{x[0]:.1f}" y1="8" x2="{x[2]:.1f}" y2="8"/>{mark}'
        f'<circle class="dot" cx="{x[1]:.1f}" cy="8" r="3.5"/></svg>'
    )


def _bar(bar: Bar, y: float, label: float, scale: float) -> str:
    name = bar.label if len(bar.label) <= 26 else bar.label[:25] + "…"
    low, high = label + scale * bar.low, label + scale * bar.high
    other = ""
    if bar.other is not None:
        at = label + scale * bar.other
        other = _line("b", (at, y - 1), (at, y + 15))
    middle = y + 7
    ends = "".join(_line("whisker", (x, y + 3), (x, y + 11)) for x in (low, high))
    return (
        f'<text x="{label - 8}" y="{y + 11:.1f}" text-anchor="end">{plain(name)}</text>'
        f'<rect class="track" x="{label}" y="{y:.1f}" width="{scale}" height="14"/>'
        f'<rect class="fill" x="{label}" y="{y:.1f}" width="{scale * bar.value:.1f}" height="14"/>'
        f"{_line('whisker', (low, middle), (high, middle))}{ends}{other}"
        f'<text x="{label + scale + 8}" y="{y + 11:.1f}">{bar.value:.2f} n {bar.count}</text>'
    )


def _frame(axes: _Axes, x: str, y: str) -> str:
    left, foot = axes.at(0, 0)
    right, top = axes.at(axes.x_most, axes.y_most)
    parts = [
        f'<path class="axis" d="M{left:.1f} {top:.1f}V{foot:.1f}H{right:.1f}"/>',
        _word(x, (left + right) / 2, HEIGHT - 6, "middle"),
        f'<g transform="translate(11 {(top + foot) / 2:.1f}) rotate(-90)">'
        f"{_word(y, 0, 0, 'middle')}</g>",
    ]
    for number in range(_TICKS + 1):
        along, up = axes.x_most * number / _TICKS, axes.y_most * number / _TICKS
        at_x, at_y = axes.at(along, up)
        parts += [
            _line("grid", (left, at_y), (right, at_y)),
            _word(_short(up), left - 5, at_y + 4, "end"),
            _word(_short(along), at_x, foot + 15, "middle"),
        ]
    return "".join(parts)


def _word(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{plain(text)}</text>'


def _line(style: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _steps(axes: _Axes, one: Series) -> str:
    if not one.points:
        return ""
    places = [axes.at(p[0], p[1]) for p in one.points]
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    ends = "".join(_mark(axes, p, one.style, f"{p[0]:.2f}, {p[1]:.3f}") for p in one.points[-1:])
    return f'<path class="line {one.style}" d="{path}"/>{ends}'


def _sized(axes: _Axes, one: Series) -> str:
    most = max((p[2] for p in one.points), default=1.0)
    return "".join(
        _mark(
            axes, p, one.style, f"said {p[0]:.2f}, true {p[1]:.2f}, {p[2]:.0f} questions",
            size=3 + 6 * (p[2] / most) ** 0.5,
        )
        for p in one.points
    )  # fmt: skip


def _mark(axes: _Axes, point: Point, style: str, title: str, *, size: float = 4.5) -> str:
    x, y = axes.at(point[0], point[1])
    name = f"<title>{plain(title)}</title>"
    if style == "b":  # told apart by more than its colour
        corner = f'x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size:.1f}"'
        return f'<rect class="mark b" {corner} height="{2 * size:.1f}">{name}</rect>'
    return f'<circle class="mark {style}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">{name}</circle>'


def _svg(inner: str, title: str, told: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<title>{plain(title)}. {plain(told)}</title>{inner}</svg>"
    )


def _told(series: Sequence[Series], x: str, y: str) -> str:
    said = []
    for one in series:
        ends = [one.points[0], one.points[-1]] if one.points else []
        said.append(f"{one.name}: " + ", ".join(f"{x} {p[0]:.2f} {y} {p[1]:.2f}" for p in ends))
    return "; ".join(said)


def _round_up(value: float) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that is not below ``value``."""
    size = 10.0 ** math.floor(math.log10(max(value, 1e-3)))
    return next(size * step for step in (1, 2, 5, 10) if size * step >= value * (1 - 1e-9))


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
