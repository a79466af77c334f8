"""Finds the words of a source that say what a statement says, or shows that there are none.

A stretch of a source supports a statement when it shares enough of its words, rare ones counting
more, holds every figure with its unit and every coded name, and denies what the statement denies.
Stretches are whole sentences, and the shortest that will do is taken: a quotation cut inside a
sentence can lose its "unless".
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domainkit.guards.judging import Check, Judgement, judge, replaced
from domainkit.guards.reading import Reading, read
from domainkit.text import closed, sentences
from domainkit.types import Passage, Span, Support

# A statement without figures may join two sentences of its source; one with figures may not, or
# the dose of one sentence would meet the age of the next.
_JOINED = 2
# Stretches this much below the best in words are not quoted, however short they are.
_NEAR = 0.1

# A stretch with less than this share of a statement's words speaks of something else.
_SOME = 0.2

# What says only that something is said somewhere.
_LEAD = re.compile(
    r"^(?:(?:according to|based on|as stated in|per) (?:the |these |this )?"
    r"(?:sources?|documents?|texts?|passages?)(?: provided| above)?,\s*"
    r"|the (?:sources?|documents?|texts?) (?:says?|states?|notes?) that\s+"
    r"|(?:根据|依据|按照)(?:上述|以上|所给|提供的)?(?:资料|来源|文件|规定|材料)[，,]?\s*)",
    re.IGNORECASE,
)

# Chinese in other words keeps its characters and loses their pairs. A share of characters counts
# this much of a share of words, in statements of at least so many different ones.
_CHARACTER = 0.75
_CHARACTERS = 6

Weights = Mapping[str, float]
_UNSEEN = ""  # the key under which ``rarity`` keeps the weight of a word no source holds


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of a passage, by its span in ``Passage.text``, held against a statement.

    ``share`` in [0, 1] is how much of the statement's words, by weight, it holds; ``check`` is
    what decided the verdict, "" where the words alone did.
    """

    verdict: Support
    span: Span
    share: float
    check: Check = ""


def rarity(passages: Sequence[Passage]) -> Weights:
    """Return what each term weighs: the fewer sentences of ``passages`` hold it, the more.

    A sentence holds the words of its title and section too: they say what it is about.
    """
    found = [
        read(span.of(passage.text)).words | _about(passage).words
        for passage in passages
        for span in sentences(passage.text)
    ]
    holding = Counter(term for held in found for term in held)
    weights = {term: math.log((len(found) + 1) / (n + 0.5)) for term, n in holding.items()}
    return {**weights, _UNSEEN: math.log((len(found) + 1) / 0.5)}


def match(statement: str, passage: Passage, weights: Weights, *, least: float) -> Match:
    """Return the stretch of ``passage`` that says ``statement``, or what comes nearest to it.

    Args:
        statement: one sentence of an answer, without its markers.
        passage: the source it may come from.
        weights: what each term weighs (see ``rarity``).
        least: the share of the statement's words that a supporting stretch holds.
    """
    claim = read(_LEAD.sub("", statement))
    about = _about(passage)
    if claim.words <= about.words:
        if not closed(statement):  # a title or heading said again is no statement
            return Match("unsupported", Span(0, 0), 0.0)
        about = read("")  # the text itself has to say it
    found: list[Match] = []
    nearest = Match("unsupported", Span(0, 0), 0.0)
    for joined in range(1, 1 + (1 if claim.figures else _JOINED)):
        found += [
            _judge(claim, about, span, passage.text, (weights, least))
            for span in _stretches(passage, joined)
        ]
        nearest = max(found, key=lambda m: m.share, default=nearest)
        if nearest.share >= least:
            break
    close = [m for m in found if m.share >= nearest.share - _NEAR]
    supporting = [m for m in close if m.verdict == "supported"]
    if supporting:
        return min(supporting, key=lambda m: (len(m.span), m.span))
    return next((m for m in close if m.verdict == "contradicted"), nearest)


def _about(passage: Passage) -> Reading:
    return read(" ".join((passage.title, *passage.section, passage.locator)))


def _stretches(passage: Passage, length: int) -> Iterator[Span]:
    """Yield every run of ``length`` sentences of ``passage`` that are no headings."""
    names = _about(passage).words
    spans = sentences(passage.text)
    said = [s for s in spans if closed(t := s.of(passage.text)) or not read(t).words <= names]
    for first, last in zip(said, said[length - 1 :], strict=False):
        yield Span(first.start, last.end)


def _judge(
    claim: Reading, about: Reading, span: Span, passage: str, scale: tuple[Weights, float]
) -> Match:
    """Judge one stretch; what its title and section say belongs to every stretch of a passage."""
    weights, least = scale
    part = read(span.of(passage))
    unseen = weights[_UNSEEN]
    # Exact sums: the same in whatever order a set comes.
    whole = math.fsum(weights.get(term, unseen) for term in claim.words) or 1.0
    own = math.fsum(weights.get(term, unseen) for term in claim.words & part.words) / whole
    lent = math.fsum(weights.get(t, unseen) for t in (claim.words & about.words) - part.words)
    if len(claim.characters) >= _CHARACTERS:
        shared = len(claim.characters & part.characters) / len(claim.characters)
        own = max(own, _CHARACTER * shared)
    # A title lends words to a stretch that has most of its own, not to one that has few.
    share = own + lent / whole if own >= least / 2 else own
    if share < least:
        told = replaced(claim, about, part) if share >= _SOME else Judgement("unsupported")
        return Match(told.verdict, span, share, told.check)
    judged = judge(claim, about, part, passage)
    return Match(judged.verdict, span, share, judged.check)
