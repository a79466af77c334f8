"""Finds rows that say what an earlier row says, word for word or nearly.

It compares as the store compares documents (``domainkit.store.sketches``).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict

from domainkit.store import sketches

# Stretches of eight letters: rows are shorter than documents. Of fewer, a word makes the
# difference between .8 alike and not.
LEAST = 40


class Seen:
    """The rows so far."""

    def __init__(self) -> None:
        self._exact: dict[bytes, str] = {}
        self._sketched: list[tuple[sketches.Hashes, str, str]] = []
        self._bands: dict[int, list[int]] = defaultdict(list)

    def add(self, text: str, place: str) -> tuple[str, str]:
        """Take ``text`` in and return ("", ""), or how and to which place's it is alike."""
        digest = hashlib.sha256(sketches.letters(text).encode("utf-8", "surrogatepass")).digest()
        if first := self._exact.get(digest):
            return "the same words stand before", first
        if near := self._near(text, place):
            return "nearly the same words stand before", near
        self._exact[digest] = place
        return "", ""

    def _near(self, text: str, place: str) -> str:
        sketch = sketches.sketch(text, least=LEAST)
        if sketch is None:
            return ""
        found = sketches.bands(sketch)
        for number in sorted({n for band in found for n in self._bands[band]}):
            other, written, where = self._sketched[number]
            if not sketches.may_be_alike(sketch, other):
                continue
            if sketches.compare(text, written).likeness >= sketches.ALIKE:
                return where
        for band in found:
            self._bands[band].append(len(self._sketched))
        self._sketched.append((sketch, text, place))
        return ""
