"""Judges whether a stretch of a source that has a statement's words also says what it says.

A cascade, from what is certain to what is likely: the same words; figures, dates and doses with
their units; coded names; names; denials; directions and duties; words put in others' place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from domainkit.guards import names
from domainkit.guards.alignment import Change, align, joined, tokens
from domainkit.guards.clauses import misplaced
from domainkit.guards.negation import cue
from domainkit.guards.plain import weighty
from domainkit.guards.polarity import ANYWHERE, opposed, poles
from domainkit.guards.ratings import exchanged
from domainkit.guards.reading import Reading
from domainkit.text.figures import Figure, figures
from domainkit.text.words import words
from domainkit.types import Support

Check = Literal["", "figures", "codes", "names", "denial", "direction", "exchanged"]

# From this share of kept words on, a statement follows its source so closely that one word in
# another's place is a change of what is said and not another way to say it.
CLOSE = 0.7

# The longest run of English words, of Chinese characters, that counts as one name exchanged.
_LONGEST = {"en": 3, "zh": 6}
# The most words of a denial: "was not found to". What is longer is something else left out.
_DENIAL = 3
# Chinese characters that join words and name nothing.
_PARTICLES = frozenset("的之了在于和与及对为以其等者自所并且就都也还则即由从向被把将到给或时后前 ")
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


def replaced(claim: Reading, about: Reading, part: Reading) -> Judgement:
    """Return what is made of a claim that lacks a stretch's weightiest words.

    Where it follows the stretch all the same, it says of one thing what the stretch says of
    another: bats for dogs.
    """
    found = _changes(claim, about, part)
    return Judgement(*found) if found[1] == "exchanged" else Judgement("unsupported")


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
    if any(_bounded_otherwise(f, part) for f in claim.figures):
        return "contradicted", "figures"
    if any(misplaced(f, claim, part.text) for f in claim.figures):
        return "contradicted", "figures"
    if exchanged(claim, part.text):
        return "contradicted", "figures"
    if not lacking:
        return _HOLDS
    # A bare number is of no kind; where it stands in another's place it denies it all the same.
    denied = _changes(claim, about, part) == ("contradicted", "figures")
    return "contradicted" if denied else "unsupported", "figures"


def _bounded_otherwise(figure: Figure, part: Reading) -> bool:
    """Return whether the stretch has the same figure, and only as a bound from the other side."""
    sides = {other.side for other in part.figures if figure.agrees(other)}
    return bool(figure.side and sides) and not sides & {"", figure.side}


def _codes(claim: Reading, about: Reading, part: Reading) -> Found:
    renamed = claim.codes - part.codes - about.codes
    if any(code[0] == other[0] for code in renamed for other in part.codes):
        return "contradicted", "codes"
    return ("unsupported", "codes") if renamed else _HOLDS


def _direction(claim: Reading, part: Reading) -> Found:
    if opposed(claim.poles, part.poles, axes=ANYWHERE):
        return "contradicted", "direction"
    if "change" in claim.poles and "change" not in part.poles and "level" in part.poles:
        # "they lower its level": a word of level may be a word of change.
        level = {"change": part.poles["level"]}
        if opposed(claim.poles, level, axes=("change",)):
            return "contradicted", "direction"
    # These words are not among the words a stretch has to share.
    unsaid = any(
        axis in claim.poles and not near & set(part.poles)
        for axis, near in (("change", {"change", "level"}), ("level", {"level", "bound"}))
    )
    return ("unsupported", "direction") if unsaid else _HOLDS


def _names(claim: Reading, about: Reading, part: Reading, passage: str) -> Found:
    known = names.called(part.text) | names.called(about.text) | names.called(passage)
    strange = names.unknown(claim.text, known, passage, about.text)
    return ("unsupported", "names") if strange else _HOLDS


def _changes(claim: Reading, about: Reading, part: Reading) -> Found:
    """Judge the words that differ where the claim follows the stretch closely."""
    aligned = align(claim.text, part.text)
    if aligned.kept < CLOSE:
        return _HOLDS
    for number, change in enumerate(aligned.changes):
        others = (*aligned.changes[:number], *aligned.changes[number + 1 :])
        mine, theirs = joined(change.mine), joined(change.theirs)
        if _denied_otherwise(change):
            return "contradicted", "denial"
        if _counted_otherwise(mine, theirs):
            return "contradicted", "figures"
        if opposed(poles(mine), poles(theirs)):
            return "contradicted", "direction"
        if _exchanged(change, _elsewhere(change, others, about, part)):
            return "contradicted", "exchanged"
    return _HOLDS


def _denied_otherwise(change: Change) -> bool:
    """Return whether the change is a word of denial, put in or left out."""
    if change.mine and change.theirs:
        return False
    only = change.mine or change.theirs
    return len(only) <= _DENIAL and cue(joined(only))


def _counted_otherwise(mine: str, theirs: str) -> bool:
    """Return whether a figure stands in the place of one that it does not agree with."""
    ours, others = figures(mine), figures(theirs)
    return bool(ours and others) and not any(a.agrees(b) for a in ours for b in others)


def _elsewhere(
    change: Change, others: Sequence[Change], about: Reading, part: Reading
) -> frozenset[str]:
    """Return the words that a change may only have moved from elsewhere in its source.

    Where it puts one word in the place of one other, a word that was left where it stood has not
    been moved: of two parties, it is the other one.
    """
    if change.inside and len(change.mine) == len(change.theirs):
        left_out = [other for other in others if len(other.mine) != len(other.theirs)]
        return frozenset().union(*(words(joined(other.theirs)) for other in left_out))
    return part.words | about.words


def _exchanged(change: Change, elsewhere: frozenset[str]) -> bool:
    """Return whether a change puts one thing in the place of another."""
    mine, theirs = joined(change.mine), joined(change.theirs)
    longest = _LONGEST["en" if mine.isascii() else "zh"]
    if not 0 < len(change.mine) <= longest or not 0 < len(change.theirs) <= longest:
        return False
    new, old = words(weighty(mine)), words(weighty(theirs))
    if not new or not old or new & (old | elsewhere):
        return False
    if poles(mine) and poles(mine) == poles(theirs):
        return False
    if set(mine) | set(theirs) <= _PARTICLES:
        return False
    return SequenceMatcher(None, mine, theirs).ratio() < _SPELLING
