"""Raised figures: "10<sup>9</sup>" reads 10⁹ and not 109."""

from __future__ import annotations

_RAISED = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))


def raised(text: str) -> str:
    """Return ``text`` in raised characters where there are such; other text as it stands."""
    if text and all(character in _RAISED for character in text):
        return "".join(map(_RAISED.__getitem__, text))
    return text
