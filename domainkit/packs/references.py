"""Finds the references to authorities that a text makes, by the grammars of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from string import Template

from domainkit.packs.schemas.authorities import Authority, Kind
from domainkit.text import numerals
from domainkit.text.language import HAN
from domainkit.types import Reference, Span

# Every repetition is bounded and no two neighbours can match the same characters, so matching is
# linear in the text whatever a pack's forms are.
_NUMBER = r"[0-9]{1,6}[A-Za-z]?(?:\.[0-9]{1,4}){0,4}(?:\([0-9A-Za-z]{1,5}\)){0,5}"
_HAN_NUMBER = "〇零一二两三四五六七八九十百千"
# What is read as a field: more than is well formed, so that what is not can be told.
_PATTERNS: Mapping[Kind, str] = {
    "digits": r"[0-9]{1,15}",
    "number": _NUMBER,
    "numeral": f"[{_HAN_NUMBER}0-9]{{1,12}}",
    "code": r"[0-9A-Za-z][0-9A-Za-z./-]{1,60}[0-9A-Za-z]",
    "doi": r"[0-9A-Za-z][0-9A-Za-z./()_:-]{1,80}[0-9A-Za-z]",
    "words": r"[A-Z][a-z]{1,30}(?:[ ](?:(?:of|and|the|on)[ ]){0,2}[A-Z][a-z]{1,30}){0,7}",
    "characters": f"[{HAN}〈〉<>（）()、·]{{1,60}}",
    "atc": r"[A-Z0-9]{5,9}",
    "ndc": r"[0-9]{1,7}(?:-[0-9]{1,6}){1,3}",
}
# What a field of each kind looks like when it is well formed; numerals are checked by value.
_SHAPES: Mapping[Kind, re.Pattern[str]] = {
    # https://www.doi.org/the-identifier/resources/handbook: a prefix, then a suffix
    "doi": re.compile(r"10\.[0-9]{4,9}/.+"),
    # https://www.whocc.no/atc/structure_and_principles/
    "atc": re.compile(r"[ABCDGHJLMNPRSV][0-9]{2}[A-Z]{2}[0-9]{2}"),
    # 21 CFR 207.33: 4-4-2, 5-3-2, 5-4-1 or 5-4-2 digits
    "ndc": re.compile(
        r"[0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-(?:[0-9]{3}-[0-9]{2}|[0-9]{4}-[0-9]{1,2})"
    ),
}
# Characters that stand before the name of a law and are no part of it.
_LEADING = "据照按反和与及或用对在于由从了即依以因为是看见"
_FIELD = re.compile(r"\$(?:\{(?P<braced>[a-z_]+)\}|(?P<plain>[a-z_]+))")
# "Articles 6 and 7", 第二十条至第三十四条: what follows one of these is of the same work …
_JOINED = re.compile(r"(?:[\s,、，或和及与至到—–-]|以及|或者|and|or|to)*")
# … and so is what is said to be of the same law.
_SAME = re.compile(
    r"(?:该|同|本|前述|上述)(?:法|法典|条例|解释|编)$|of (?:that|the same|this) \w+$"
)


def references(
    text: str, authorities: Mapping[str, Authority], *, names: Sequence[str] = ()
) -> list[Reference]:
    """Return the references in ``text`` in order; of overlapping ones the longest.

    A reference without a title takes that of the one before, where the words between say so.

    Args:
        text: where to look.
        authorities: the grammars.
        names: of known works, for the forms that name one without any sign of a title.
    """
    known = tuple(sorted(names, key=len, reverse=True))
    found = [
        reference
        for name, authority in authorities.items()
        for form in authority.forms
        for reference in _of(name, authority, form, text, known)
    ]
    found.sort(key=lambda r: (r.span.start, -len(r.span)))
    kept: list[Reference] = []
    for reference in found:
        if not kept or not kept[-1].span.overlaps(reference.span):
            kept.append(_titled(reference, kept, text))
    return kept


def _titled(reference: Reference, before: Sequence[Reference], text: str) -> Reference:
    same = (r for r in reversed(before) if r.title and r.authority == reference.authority)
    last = next(same, None)
    if reference.title or last is None:
        return reference
    between = text[before[-1].span.end : reference.span.start]
    if _SAME.search(between.rstrip()) or (before[-1].title and _JOINED.fullmatch(between)):
        return replace(reference, title=last.title)
    return reference


def _of(
    name: str, authority: Authority, form: str, text: str, names: tuple[str, ...]
) -> Iterator[Reference]:
    kinds = tuple(sorted(authority.fields.items()))
    for match in _compiled(form, kinds, names).finditer(text):
        fields = match.groupdict()
        written = Template(authority.written).safe_substitute(fields)
        yield Reference(
            authority=name,
            span=Span(*match.span()),
            fields=fields,
            written=written,
            title=fields.get("title") or fields.get("work") or "",
            sound=all(_sound(authority, field, value) for field, value in fields.items()),
        )


def _sound(authority: Authority, field: str, value: str) -> bool:
    """Return whether a field is written as such fields are."""
    kind, limits = authority.fields[field], authority.limits.get(field)
    if kind == "numeral":
        return numerals.exact(value) is not None
    if kind in _SHAPES:
        return _SHAPES[kind].fullmatch(value) is not None
    return limits is None or limits.allow(value)


@lru_cache(maxsize=256)
def _compiled(
    form: str, kinds: tuple[tuple[str, Kind], ...], names: tuple[str, ...]
) -> re.Pattern[str]:
    known, seen, pattern, at = dict(kinds), set[str](), "", 0
    for match in _FIELD.finditer(form):
        field = match["braced"] or match["plain"]
        pattern += _literal(form[at : match.start()])
        kind = known[field]
        held = _name(names) if kind == "name" else _PATTERNS[kind]
        pattern += f"(?P={field})" if field in seen else f"(?P<{field}>{held})"
        seen.add(field)
        at = match.end()
    pattern += _literal(form[at:])
    before = r"(?<![0-9A-Za-z])" if form[:1].isascii() else ""
    return re.compile(f"{before}{pattern}(?![0-9A-Za-z])")


def _name(names: tuple[str, ...]) -> str:
    """Return a pattern for one of ``names``; one that nothing matches where there are none.

    Chinese sets no spaces: 合同法 is named in 根据合同法, and is not in 劳动合同法.
    """
    chosen = "|".join(map(_literal, names))
    return f"(?:(?<![{HAN}])|(?<=[{_LEADING}]))(?:{chosen})" if chosen else r"(?!)"


def _literal(text: str) -> str:
    """Return a pattern for plain words, in which a space may be any short run of blanks."""
    return r"\s{0,3}".join(re.escape(part) for part in text.split(" "))
