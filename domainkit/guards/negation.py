"""Finds which words of a statement are denied."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domainkit.text import terms
from domainkit.text.analysis import fold

# How many terms after its cue a denial covers, within the clause; one term is one English word or
# one pair of Chinese characters.
_REACH = 6

_CUE = re.compile(
    r"\b(?:(?:not|no)(?! (?:less|more|fewer|later|longer|earlier|older|only)\b)"
    r"|never|none|nor|neither|cannot|without|unable|lack(?:s|ed|ing)?|absence|absent"
    r"|fail(?:s|ed)?|failure|denie[sd]|\w+n[’']t|rather than|instead of|unlikely|prohibit(?:s|ed)?"
    r"|contraindicated)\b"
    # 不 and 未 also open words that deny nothing: 不同, 不仅, 未来 …
    r"|不得|不(?![同仅但良断少足过久适孕满动明限锈低高超多早晚全])|没有|未(?![来成婚遂必满])|无(?![论数线限穷偿])|并非|而非"
    r"|禁止|严禁|切勿|请勿"
)
_CLAUSE = re.compile(
    # A comma of a list ends no clause: "do not eat, drink or smoke" denies all three.
    r"[;:.!?()，；：。！？（）]|,(?!(?:\s\w+){1,3}(?:,|\s(?:or|nor|and)\s))|\b(?:but|although|though|however|whereas|while)\b|但是?|然而"
)


@dataclass(frozen=True, slots=True)
class Denial:
    """The terms within a denial's reach, and those of them that stand nowhere outside one."""

    reached: frozenset[str]
    denied: frozenset[str]

    def clashes(self, other: Denial, shared: frozenset[str]) -> bool:
        """Return whether one of two texts denies a word of ``shared``, and the other none."""
        mine, theirs = self.denied & shared, other.denied & shared
        if mine and not other.reached & shared:
            return True
        return bool(theirs) and not self.reached & shared


def cue(text: str) -> bool:
    """Return whether ``text`` holds a word that denies what follows it."""
    return _CUE.search(fold(text)) is not None


def denial(text: str) -> Denial:
    """Return what ``text`` denies."""
    inside: set[str] = set()
    outside: set[str] = set()
    for clause in _CLAUSE.split(fold(text)):
        cues = list(_CUE.finditer(clause))
        before = clause[: cues[0].start()] if cues else clause
        reached = {term for cue in cues for term in terms(clause[cue.end() :])[:_REACH]}
        after = terms(clause[cues[0].end() :]) if cues else []
        outside.update(terms(before), [term for term in after if term not in reached])
        inside.update(reached)
    return Denial(frozenset(inside), frozenset(inside - outside))
