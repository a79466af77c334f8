"""Which pack fits texts: the one whose own texts and questions use their words.

Every pack is a class of a naive Bayes model over the terms its knowledge, its questions and its
glossary hold; nothing is fitted and nothing else is asked, so that a pack of one's own, or of a
plugin, is proposed as those that ship are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domainkit.packs.files import read_rows, read_text
from domainkit.packs.pack import Pack, find
from domainkit.text import terms

# Added to every count, so that a term a pack lacks is unlikely there and not impossible.
_SMOOTH = 0.1
# Terms of a text that are looked at: its first pages show what it is about.
_TERMS = 3000
_ROWS = ("eval", "train")


@dataclass(frozen=True, slots=True)
class Likely:
    """How much speaks for a pack: its share of the texts, and by how much in the mean.

    ``lead`` is the mean, over the texts' terms, of how much likelier the pack makes them than the
    next pack does, as a logarithm.
    """

    pack: str
    share: float
    lead: float


class Packs:
    """The terms of several packs, to compare texts with."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        counts = {name: Counter(_terms_of(pack)) for name, pack in packs.items()}
        self._known = frozenset(term for held in counts.values() for term in held)
        shares = {
            name: {term: number / max(1, held.total()) for term, number in held.items()}
            for name, held in counts.items()
        }
        every = {
            term: sum(share.get(term, 0.0) for share in shares.values()) / len(shares)
            for term in self._known
        }
        self._likely = {
            name: {
                term: math.log((1 - _SMOOTH) * share.get(term, 0.0) + _SMOOTH * every[term])
                for term in self._known
            }
            for name, share in shares.items()
        }

    def scores(self, text: str) -> dict[str, float]:
        """Return the mean logarithm of how likely each pack makes the terms of ``text``."""
        found = [term for term in terms(text)[:_TERMS] if term in self._known]
        distinct = sorted(set(found))
        return {
            name: sum(likely[t] for t in distinct) / max(1, len(distinct))
            for name, likely in self._likely.items()
        }

    def likely(self, texts: Sequence[str]) -> list[Likely]:
        """Return every pack with how much speaks for it, the likeliest first."""
        votes: Counter[str] = Counter()
        leads = dict.fromkeys(self._likely, 0.0)
        for text in texts:
            scores = self.scores(text)
            for name, score in scores.items():
                others = [other for key, other in scores.items() if key != name]
                leads[name] += score - max(others, default=score)
            votes[max(scores, key=scores.__getitem__)] += 1
        count = max(1, len(texts))
        made = [Likely(n, votes[n] / count, leads[n] / count) for n in self._likely]
        return sorted(made, key=lambda one: (-one.share, -one.lead))


def _terms_of(pack: Pack) -> Iterator[str]:
    for text in _texts(pack):
        yield from set(terms(text))


def _texts(pack: Pack) -> Iterator[str]:
    for entry in pack.manifest.knowledge.values():
        path = find(pack.folders, entry.path)
        for file in _files(path):
            yield read_text(file, file.name)
    for term, synonyms in pack.glossary.items():
        yield " ".join((term, *synonyms))
    for folder in pack.folders:
        for kind in _ROWS:
            for path in sorted((folder / kind).glob("*.jsonl")):
                rows = (row for _, row in read_rows(path, path.name))
                yield from (
                    str(row["question"])
                    for row in rows
                    if isinstance(row, Mapping) and "question" in row
                )


def _files(path: Path | None) -> Iterable[Path]:
    if path is None:
        return ()
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
