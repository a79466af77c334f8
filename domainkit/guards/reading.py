"""What a text says, as far as code can tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from domainkit.guards.negation import Denial, denial
from domainkit.guards.plain import PARTICLES, alike, subject
from domainkit.guards.polarity import Poles, poles
from domainkit.text.figures import Figure, figures
from domainkit.text.language import HAN
from domainkit.text.words import codes, words

_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words, Chinese characters, figures, coded names, denials and directions of a text."""

    text: str
    words: frozenset[str]
    characters: frozenset[str]
    figures: frozenset[Figure]
    codes: frozenset[tuple[str, str]]
    denial: Denial
    poles: Poles


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Return what ``text`` says. Figures and codes are no words: they are right or wrong."""
    line = " ".join(text.split())
    return Reading(
        line,
        _said(line),
        frozenset(_HAN.findall(line)),
        figures(alike(line)),
        codes(line),
        denial(alike(line)),
        poles(line),
    )


def _said(line: str) -> frozenset[str]:
    """Return the words that tell what ``line`` speaks of."""
    found = words(subject(line)) or words(alike(line))
    return frozenset(word for word in found if PARTICLES.isdisjoint(word))
