"""Says whether a figure of a statement stands in the clause that speaks of the same.

"5 mg once a day, at most 10 mg", "35 days after hip and 12 days after knee replacement": a
statement may have a figure of its source, taken from beside what it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from domainkit.guards.reading import Reading, read
from domainkit.text.figures import Figure

# Where a clause ends; where no sign stands between two figures, "and" does.
_SIGNS = re.compile(r"[,;:，；：。](?!\d)")
_AND = re.compile(r"\band\b|\bor\b|和|或|、")


def misplaced(figure: Figure, claim: Reading, part: str) -> bool:
    """Return whether another clause, with another such figure, is what the statement speaks of.

    Args:
        figure: one of the statement's.
        claim: the statement.
        part: the stretch of the source it is held against.
    """
    for ends in (_SIGNS, _AND):
        clauses = [read(text) for text in _apart(part, ends)]
        own = [c for c in clauses if any(figure.agrees(other) for other in c.figures)]
        rivals = [c for c in clauses if _rivals(figure, claim, c)]
        if own and rivals and not any(clause in rivals for clause in own):
            if all(any(_instead(claim, rival, clause) for rival in rivals) for clause in own):
                return True
            # What follows the first clause may leave its words out, but not the other way round.
            return own == clauses[:1] and ends is _SIGNS and _only_in(claim, rivals, own[0])
    return False


def _apart(part: str, ends: re.Pattern[str]) -> list[str]:
    marks = _SIGNS.pattern if ends is _SIGNS else f"{_SIGNS.pattern}|{ends.pattern}"
    return [text for text in re.split(marks, part) if text.strip()]


def _rivals(figure: Figure, claim: Reading, clause: Reading) -> bool:
    """Return whether a clause has another figure of the kind, which the statement has not."""
    return any(
        (figure.counts_as(other) or figure.unit == other.unit == "")
        and not any(mine.agrees(other) for mine in claim.figures)
        for other in clause.figures
    )


def _instead(claim: Reading, rival: Reading, own: Reading) -> bool:
    """Return whether the statement has words of ``rival`` that ``own`` lacks, and none back."""
    here, there = claim.words & own.words, claim.words & rival.words
    return bool(there - here) and not here - there


def _only_in(claim: Reading, some: Sequence[Reading], own: Reading) -> bool:
    """Return whether the statement has words of ``some`` that ``own`` lacks."""
    return any(claim.words & clause.words - own.words for clause in some)
