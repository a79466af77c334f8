"""Writes the citation of a passage in the words of its profile."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from string import Template

from domainkit.types import Document

# Only files of records have a `#` that is not part of their name.
_RECORD = re.compile(r"\.(?:csv|tsv|jsonl|ndjson)#(.+)$", re.IGNORECASE | re.DOTALL)
BLANK_LINES = re.compile(r"\n[ \t\u3000]*\n\s*")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a professional cites a place by.

    ``label`` names the unit ("§ 14"), ``part`` a part of it that has a name (a defined term), and
    ``mark`` the paragraph a passage begins with ("(2)"), empty for the whole.
    """

    label: str | None = None
    part: str | None = None
    mark: str = ""


UNCITED = Cited()


class Locators:
    """The citations of one document's passages."""

    def __init__(self, document: Document, formats: Iterable[str]) -> None:
        self._document = document
        self._formats = tuple(formats)

    def at(self, offset: int, *, section: str | None, unit: Cited) -> str:
        """Return the first format whose every field is known, filled in.

        Args:
            offset: where the passage begins.
            section: the innermost heading above it.
            unit: the citable unit it belongs to, and where in it it begins.
        """
        known: dict[str, object] = {
            "section": section,
            "unit": unit.label,
            "mark": unit.mark,
            "part": unit.part,
            "page": self._document.page_at(offset),
            "record": _record(self._document.source),
        }
        for text in self._formats:
            template, names = _template(text)
            if all(known.get(name) is not None for name in names - {"paragraph"}):
                if "paragraph" in names:
                    known["paragraph"] = bisect_right(self._paragraphs, offset)
                return template.substitute(known)
        raise AssertionError("the last format of a profile needs only $paragraph")

    @cached_property
    def _paragraphs(self) -> list[int]:
        text = self._document.text
        lead = len(text) - len(text.lstrip())
        return [0, *(m.end() for m in BLANK_LINES.finditer(text, lead))]


def _record(source: str) -> str | None:
    found = _RECORD.search(source)
    return found[1] if found else None


@cache
def _template(text: str) -> tuple[Template, frozenset[str]]:
    template = Template(text)
    return template, frozenset(template.get_identifiers())
