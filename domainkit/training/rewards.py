"""How good an answer to a grounded row is: does it cite what it should, or refuse where it should?

The same judgement stops training early and rewards the answers that a model learns from by
writing them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from domainkit.packs.schemas.rows import MARKER
from domainkit.text import terms


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of an answer: these words, citing these sources; or the pack's refusal."""

    answer: str
    refusal: bool

    @property
    def sources(self) -> frozenset[str]:
        """The numbers of the sources that the wanted answer cites."""
        return frozenset(MARKER.findall(self.answer))


def cites_right(said: str, wanted: Wanted) -> bool:
    """Return whether ``said`` cites exactly the sources wanted, or refuses where it should."""
    if wanted.refusal:
        return _refuses(said, wanted)
    return frozenset(MARKER.findall(said)) == wanted.sources


def grounded(said: str, wanted: Wanted) -> float:
    """Return a reward in [0, 1]: half for the sources cited, half for the words (both F1).

    A refusal earns all where it is wanted and nothing else does.
    """
    if wanted.refusal:
        return float(_refuses(said, wanted))
    cited = Counter(dict.fromkeys(MARKER.findall(said), 1))
    right = Counter(dict.fromkeys(wanted.sources, 1))
    words = Counter(terms(MARKER.sub(" ", said))), Counter(terms(MARKER.sub(" ", wanted.answer)))
    return 0.5 * _f1(cited, right) + 0.5 * _f1(*words)


def _refuses(said: str, wanted: Wanted) -> bool:
    return not MARKER.search(said) and wanted.answer.casefold() in said.casefold()


def _f1(found: Counter[str], wanted: Counter[str]) -> float:
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0
