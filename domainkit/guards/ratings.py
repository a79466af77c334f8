"""Says whether a statement gives a thing the grade that its source gives another.

"Adults of 50 to 75 years, grade A; of 45 to 49 years, grade B": a statement may have words of the
one and the grade of the other, and every figure of it stands somewhere in the source.
"""

from __future__ import annotations

import re

from domainkit.guards.reading import Reading, read

_RATED = re.compile(
    r"\b(?P<kind>(?i:grade|class|level|stage|category))[ -](?P<value>[A-E]|[IVX]{1,4}|\d)\b"
    r"|(?P<zh>[A-EIVⅠⅡⅢⅣⅤ]{1,3})(?P<kind_zh>[级类期])"
)
_PARTS = re.compile(r"[;；。]|\.\s")
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")

Rating = tuple[str, str]


def exchanged(claim: Reading, part: str) -> bool:
    """Return whether ``part`` of a source rates what ``claim`` speaks of otherwise.

    It does where all that the claim shares with the clause of its rating, another clause of that
    kind has too, and more.
    """
    mine = _ratings(claim.text)
    if not mine:
        return False
    clauses = [read(text) for text in _PARTS.split(part) if text.strip()]
    for kind, value in mine:
        rated = [(clause, _ratings(clause.text)) for clause in clauses]
        own = [clause for clause, found in rated if (kind, value) in found]
        rivals = [c for c, found in rated if c not in own and any(k == kind for k, _ in found)]
        if own and any(all(_closer(claim, rival, one) for one in own) for rival in rivals):
            return True
    return False


def _ratings(text: str) -> frozenset[Rating]:
    return frozenset(
        ((found["kind"] or found["kind_zh"]).lower(), found["value"] or found["zh"])
        for found in _RATED.finditer(text)
    )


def _closer(claim: Reading, rival: Reading, own: Reading) -> bool:
    """Return whether the claim has something of ``rival`` that ``own`` lacks, and none back."""
    said = _said(claim)
    here, there = said & _said(own), said & _said(rival)
    return bool(there - here) and not here - there


def _said(reading: Reading) -> frozenset[str]:
    """Return the words and numbers of a text, its ratings apart."""
    bare = _RATED.sub(" ", reading.text)
    return read(bare).words | frozenset(_NUMBERS.findall(bare))
