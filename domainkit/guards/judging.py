"""Judges whether a stretch of a source that has a statement's words also says what it says.

A cascade, from what is certain to what is likely: the same words; figures, dates and doses with
their units; coded names; names; denials; directions and duties; words put in others' place.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from domainkit.guards import names
from domainkit.guards.alignment import Change, align, joined, tokens
from domainkit.guards.figures import figures
from domainkit.guards.negation import cue
from domainkit.guards.polarity import ANYWHERE, opposed, poles
from domainkit.guards.reading import Reading
from domainkit.text.words import words
from domainkit.types import Support

Check = Literal["", "figures", "codes", "names", "denial", "direction", "exchanged"]

# From this share of kept words on, a statement follows its source so closely that one word in
# another's place is a change of what is said and not another way to say it.
CLOSE = 0.7
# From this share on, it counts even where the word stands elsewhere in the source: of two
# parties, the other one.
LITERAL = 0.85
# The longest run of English words, of Chinese characters, that counts as one name exchanged.
_LONGEST = {"en": 3, "zh": 6}
# Chinese characters that join words and name nothing.
_PARTICLES = frozenset("的之了在于和与及对为以其等者所并且就都也还则即由从向被把将到给或时后前 ")
# Words this alike are two spellings of one: "anaemia" and "anemia".
_SPELLING = 0.75


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the check that decided it; "" where the words themselves did."""

    verdict: Support
    check: Check = ""


def judge(claim: Reading, about: Reading, part: Reading, passage: str) -> Judgement:
    """Return what a stretch with the claim's words makes of it.

    Args:
        claim: the statement.
        about: the title, section and locator of the stretch, which it need not repeat.
        part: the stretch.
        passage: the text around it, which names what the stretch may call "it".
    """
    if (denied := _denial(claim, part)) != _HOLDS:
        return Judgement(*denied)
    if _follows(claim, part):
        return Judgement("supported")
    for found in (
        _figures(claim, about, part),
        _codes(claim, about, part),
        _direction(claim, part),
        _changes(claim, about, part),
        _names(claim, about, part, passage),
    ):
        if found != _HOLDS:
            return Judgement(*found)
    return Judgement("supported")


Found = tuple[Support, Check]
_HOLDS: Found = ("supported", "")


def _follows(claim: Reading, part: Reading) -> bool:
    """Return whether the stretch has the claim's very words, in order and without a break."""
    mine, theirs = " ".join(tokens(claim.text)), " ".join(tokens(part.text))
    return bool(mine) and f" {mine} " in f" {theirs} "


def _denial(claim: Reading, part: Reading) -> Found:
    clash = claim.denial.clashes(part.denial, claim.words & part.words)
    return ("contradicted", "denial") if clash else _HOLDS


def _figures(claim: Reading, about: Reading, part: Reading) -> Found:
    there = part.figures | about.figures
    lacking = [f for f in claim.figures if not any(f.agrees(other) for other in there)]
    if any(f.alike(other) for f in lacking for other in part.figures):
        return "contradicted", "figures"
    return ("unsupported", "figures") if lacking else _HOLDS


def _codes(claim: Reading, about: Reading, part: Reading) -> Found:
    renamed = claim.codes - part.codes - about.codes
    if any(code[0] == other[0] for code in renamed for other in part.codes):
        return "contradicted", "codes"
    return ("unsupported", "codes") if renamed else _HOLDS


def _direction(claim: Reading, part: Reading) -> Found:
    clash = opposed(claim.poles, part.poles, axes=ANYWHERE)
    return ("contradicted", "direction") if clash else _HOLDS


def _names(claim: Reading, about: Reading, part: Reading, passage: str) -> Found:
    known = names.called(part.text) | names.called(about.text) | names.called(passage)
    strange = names.unknown(claim.text, known, passage, about.text)
    return ("unsupported", "names") if strange else _HOLDS


def _changes(claim: Reading, about: Reading, part: Reading) -> Found:
    """Judge the words that differ where the claim follows the stretch closely."""
    aligned = align(claim.text, part.text)
    if aligned.kept < CLOSE:
        return _HOLDS
    for change in aligned.changes:
        mine, theirs = joined(change.mine), joined(change.theirs)
        if bool(cue(mine)) != bool(cue(theirs)) and not (mine and theirs):
            return "contradicted", "denial"
        if _counted_otherwise(mine, theirs):
            return "contradicted", "figures"
        if opposed(poles(mine), poles(theirs)):
            return "contradicted", "direction"
        if _exchanged(change, None if aligned.kept >= LITERAL else about, part):
            return "contradicted", "exchanged"
    return _HOLDS


def _counted_otherwise(mine: str, theirs: str) -> bool:
    """Return whether a figure stands in the place of one that it does not agree with."""
    ours, others = figures(mine), figures(theirs)
    return bool(ours and others) and not any(a.agrees(b) for a in ours for b in others)


def _exchanged(change: Change, about: Reading | None, part: Reading) -> bool:
    """Return whether a change puts one thing in the place of another.

    A thing that the stretch or ``about`` it names elsewhere may only have been moved; without
    ``about`` it counts all the same.
    """
    mine, theirs = joined(change.mine), joined(change.theirs)
    language = "zh" if not mine.isascii() else "en"
    if not 0 < len(change.mine) <= _LONGEST[language] or not change.theirs:
        return False
    if len(change.theirs) > _LONGEST[language]:
        return False
    new, old = words(mine), words(theirs)
    if not new or not old or new & old or (about and new & (part.words | about.words)):
        return False
    if poles(mine) and poles(mine) == poles(theirs):
        return False
    if set(mine) | set(theirs) <= _PARTICLES:
        return False
    return SequenceMatcher(None, mine, theirs).ratio() < _SPELLING
