"""Finds the references to authorities that a text makes, by the grammars of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Template

from domainkit.packs.schemas.authorities import Authority, Kind
from domainkit.text.language import HAN
from domainkit.types import Span

# Every repetition is bounded and no two neighbours can match the same characters, so matching is
# linear in the text whatever a pack's forms are.
_NUMBER = r"[0-9]{1,6}[A-Za-z]?(?:\.[0-9]{1,4}){0,4}(?:\([0-9A-Za-z]{1,5}\)){0,5}"
_PATTERNS: Mapping[Kind, str] = {
    "digits": r"[0-9]{1,12}",
    "number": _NUMBER,
    "numeral": r"(?:[〇零一二两三四五六七八九十百千]{1,12}|[0-9]{1,6})",
    "code": r"[0-9A-Za-z][0-9A-Za-z./-]{1,60}[0-9A-Za-z]",
    "words": r"[A-Z][a-z]{1,30}(?:[ ](?:(?:of|and|the|on)[ ]){0,2}[A-Z][a-z]{1,30}){0,7}",
    "characters": f"[{HAN}]{{1,30}}",
}
_FIELD = re.compile(r"\$(?:\{(?P<braced>[a-z_]+)\}|(?P<plain>[a-z_]+))")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference found at ``span``; ``written`` is its one spelling."""

    authority: str
    span: Span
    fields: Mapping[str, str]
    written: str


def references(text: str, authorities: Mapping[str, Authority]) -> list[Reference]:
    """Return the references in ``text`` in order; of overlapping ones the longest."""
    found = [
        reference
        for name, authority in authorities.items()
        for form in authority.forms
        for reference in _of(name, authority, form, text)
    ]
    found.sort(key=lambda r: (r.span.start, -len(r.span)))
    kept: list[Reference] = []
    for reference in found:
        if not kept or not kept[-1].span.overlaps(reference.span):
            kept.append(reference)
    return kept


def _of(name: str, authority: Authority, form: str, text: str) -> Iterator[Reference]:
    for match in _compiled(form, tuple(sorted(authority.fields.items()))).finditer(text):
        fields = match.groupdict()
        written = Template(authority.written).safe_substitute(fields)
        yield Reference(name, Span(*match.span()), fields, written)


@lru_cache(maxsize=256)
def _compiled(form: str, kinds: tuple[tuple[str, Kind], ...]) -> re.Pattern[str]:
    known, seen, pattern, at = dict(kinds), set[str](), "", 0
    for match in _FIELD.finditer(form):
        field = match["braced"] or match["plain"]
        pattern += _literal(form[at : match.start()])
        pattern += f"(?P={field})" if field in seen else f"(?P<{field}>{_PATTERNS[known[field]]})"
        seen.add(field)
        at = match.end()
    pattern += _literal(form[at:])
    before = r"(?<![0-9A-Za-z])" if form[:1].isascii() else ""
    return re.compile(f"{before}{pattern}(?![0-9A-Za-z])")


def _literal(text: str) -> str:
    """Return a pattern for plain words, in which a space may be any short run of blanks."""
    return r"\s{0,3}".join(re.escape(part) for part in text.split(" "))
