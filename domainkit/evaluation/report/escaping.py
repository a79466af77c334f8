"""Words of documents and models as HTML, in which they are words and nothing else."""

from __future__ import annotations

from html import escape

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "�")


def plain(text: str) -> str:
    """Return ``text`` for HTML: nothing in it is a tag, and what cannot be shown is told so."""
    return escape(text.translate(_CONTROLS))
