"""Finds which words of a statement are denied."""

from __future__ import annotations

import re

from domainkit.text import terms
from domainkit.text.analysis import fold

# How many terms after its cue a denial covers, within the clause; one term is one English word or
# one pair of Chinese characters.
_REACH = 6

_CUE = re.compile(
    r"\b(?:not|no|never|none|nor|neither|cannot|without|unable|lack(?:s|ed|ing)?|absence|absent"
    r"|fail(?:s|ed)?|failure|denie[sd]|\w+n[’']t|rather than|instead of|unlikely|prohibit(?:s|ed)?"
    r"|contraindicated)\b"
    # 不 and 未 also open words that deny nothing: 不同, 不仅, 未来 …
    r"|不(?![同仅但良断少足过久适孕满动明限锈])|没有|未(?![来成婚遂必满])|无(?![论数线限穷偿])|并非|而非"
    r"|禁止|严禁|切勿|请勿|不得"
)
_CLAUSE = re.compile(
    r"[,;:.!?()\n，；：。！？、（）]|\b(?:but|although|though|however|whereas|while)\b|但是?|然而"
)


def denied(text: str) -> frozenset[str]:
    """Return the terms of ``text`` that stand within a denial's reach, and nowhere outside one."""
    inside: set[str] = set()
    outside: set[str] = set()
    for clause in _CLAUSE.split(fold(text)):
        cue = _CUE.search(clause)
        before = clause[: cue.start()] if cue else clause
        after = terms(clause[cue.end() :]) if cue else []
        outside.update(terms(before), after[_REACH:])
        inside.update(after[:_REACH])
    return frozenset(inside - outside)
