"""The numbers an OpenDocument file leaves its program to count: of list items and headings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domainkit.ingestion.readers.word_numbering import BULLET, written

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FORMS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    prefix: str
    suffix: str
    shown: int  # of how many levels the number is made
    start: int


class Numbering:
    """Counts the items of lists and the numbered headings, in the order they are asked for."""

    def __init__(self, roots: Iterable[Any]) -> None:
        """Prepare to count by the list styles below ``roots``."""
        self._styles: dict[str, dict[int, _Level | None]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for root in roots:
            for style in root.iter(TEXT + "list-style", TEXT + "outline-style"):
                self._styles[_name(style)] = dict(map(_level, style))

    def restart(self, style: str) -> None:
        """Let the items of ``style`` count from the beginning."""
        self._counts.pop(style, None)

    def item(self, style: str, depth: int) -> str:
        """Return what stands before the next item of a list ``depth`` deep, from 1."""
        if self._styles.get(style, {}).get(depth) is None:
            return BULLET
        return self._count(style, depth)

    def heading(self, depth: int) -> str:
        """Return what stands before the next heading ``depth`` deep; empty when nothing does."""
        level = self._styles.get("Outline", {}).get(depth)
        return self._count("Outline", depth) if level and level.form else ""

    def _count(self, style: str, depth: int) -> str:
        levels, counts = self._styles[style], self._counts.setdefault(style, {})
        level = levels[depth]
        if level is None:
            return BULLET
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [at for at in counts if at > depth]:
            del counts[deeper]
        parts = []
        for at in range(depth - level.shown + 1, depth + 1):
            outer = levels.get(at)
            if outer is not None and outer.form:
                parts.append(written(counts.get(at, outer.start), outer.form))
        return level.prefix + ".".join(parts) + level.suffix


def _name(style: Any) -> str:
    if style.tag == TEXT + "outline-style":
        return "Outline"
    return str(style.get(_STYLE + "name") or "")


def _level(node: Any) -> tuple[int, _Level | None]:
    depth = int(node.get(TEXT + "level") or 1)
    if node.tag not in (TEXT + "list-level-style-number", TEXT + "outline-level-style"):
        return depth, None
    form = node.get(_STYLE + "num-format") or ""
    return depth, _Level(
        form=_FORMS.get(form, "chinese" if form[:1] in ("一", "壹") else form),
        prefix=node.get(_STYLE + "num-prefix") or "",
        suffix=node.get(_STYLE + "num-suffix") or "",
        shown=int(node.get(TEXT + "display-levels") or 1),
        start=int(node.get(TEXT + "start-value") or 1),
    )
