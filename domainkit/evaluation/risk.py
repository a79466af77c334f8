"""What answering costs: how often an assistant answers though its sources do not suffice.

A threshold trades answers for errors. ``threshold`` picks it for a risk that the owner accepts,
and ``curve`` shows every trade.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A threshold no probability reaches: nothing is answered.
SILENT = 1.0

Points = NDArray[np.float64]


def threshold(sure: Sequence[float], suffices: Sequence[bool], *, target: float) -> float:
    """Return the least threshold at which at most ``target`` of questions are answered wrongly.

    Split conformal risk control (Angelopoulos et al., 2022, https://arxiv.org/abs/2208.02814) of
    the loss "answered, though the sources do not suffice". It falls as the threshold rises and is
    1 at most, so that ``(n · risk + 1) / (n + 1)`` over ``n`` calibration questions bounds the
    risk of the next question asked as those were. ``SILENT`` where they are too few to promise
    that of any answer.

    Args:
        sure: of each calibration question, none of which fitted the model, its sufficiency.
        suffices: whether its sources did suffice.
        target: the share of all questions, in (0, 1).
    """
    said, enough = np.asarray(sure, dtype=float), np.asarray(suffices, dtype=bool)
    wrong = np.sort(said[~enough])[::-1]  # those that are answered wrongly first
    most = int(np.floor(target * (len(said) + 1) - 1 + 1e-9))
    if most < 0:
        return SILENT
    if most >= len(wrong):
        return 0.0
    # The next one is refused: a question is answered at the threshold itself, so just above it.
    return min(SILENT, float(np.nextafter(wrong[most], 2.0)))


def curve(sure: Sequence[float], suffices: Sequence[bool]) -> Points:
    """Return [coverage, risk] of each threshold, surest question first, of shape [questions, 2].

    Coverage is the share of questions answered, risk the share of those answered whose sources do
    not suffice. Of questions that are equally sure, all are answered or none.
    """
    said, enough = np.asarray(sure, dtype=float), np.asarray(suffices, dtype=bool)
    order = np.argsort(-said, kind="stable")
    answered = np.arange(1, len(order) + 1)
    wrong = np.cumsum(~enough[order])
    last = np.append(np.diff(said[order]) != 0, True)[: len(order)]
    points: Points = np.column_stack((answered / max(1, len(order)), wrong / answered))[last]
    return points


def area(points: Points) -> float:
    """Return the mean risk over all coverages of a ``curve``; 0 without points."""
    if not len(points):
        return 0.0
    widths = np.diff(points[:, 0], prepend=0.0)
    return float(widths @ points[:, 1])
