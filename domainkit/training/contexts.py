"""Shows grounded rows as retrieval would: among passages that do not answer, or those alone."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from domainkit.packs.schemas.recipe import RagContext
from domainkit.packs.schemas.rows import MARKER, FileSource
from domainkit.text import sentences, terms
from domainkit.training.passages import Passages
from domainkit.training.rows import Row
from domainkit.types import Passage

# Of the passages likest to a question, distractors are drawn from so many times as are shown:
# always the likest would teach which passage to leave out, not to read.
_DRAWN_FROM = 2
# BM25's usual two. Titles count, as in an index, and length takes off: else long passages lead,
# and a model learns to pass over the first.
_SATURATION, _LENGTH = 1.2, 0.75

Shown = tuple[Row, list[Passage], list[Passage]]  # a row, its own sources, and all that is shown


def shown(
    rows: Sequence[Row], passages: Passages, context: RagContext | None, *, seed: int
) -> Iterator[Shown]:
    """Yield each row with its sources and what is shown; then rows that must be refused.

    Args:
        rows: as they are written.
        passages: finds their sources.
        context: how they are shown; None shows a row's sources alone, in its own order.
        seed: with a row's id it decides what is drawn.
    """
    own = {row.place: passages.of(row) for row in rows}
    if context is None:
        yield from ((row, own[row.place], own[row.place]) for row in rows)
        return
    pool = _Pool({p.id: p for row in rows for p in own[row.place]}.values())
    for row in rows:
        chance = random.Random(f"{seed}:{row.written.id}")  # noqa: S311 - not a secret
        if row.written.refusal and chance.random() >= context.written:
            continue
        asked, sources = row.written.question, own[row.place]
        wanted = max(len(sources), 1 + context.distractors)
        others = pool.distractors(asked, sources, wanted - len(sources), chance)
        yield row, sources, pool.ranked(asked, [*sources, *others])
        if not row.written.refusal and chance.random() < context.refusals:
            alone = pool.distractors(asked, sources, wanted, chance)
            if alone:
                yield _refused(row), alone, pool.ranked(asked, alone)


def quoted(row: Row, sources: Sequence[Passage]) -> str:
    """Return the row's answer after the words it rests on, quoted from the first source it cites.

    These are the words the row names, or the sentence of the source likest to the answer.
    """
    answer = row.written.answer or ""
    cited = MARKER.search(answer)
    number = int(cited[1]) if cited else 1
    named, text = row.written.sources[number - 1], sources[number - 1].text
    words = named.quote if isinstance(named, FileSource) and named.quote else ""
    if not words:
        wanted = set(terms(answer))
        said = [text[span.start : span.end] for span in sentences(text)]
        words = max(said, key=lambda one: len(wanted & {*terms(one)}), default="")
    return f'"{" ".join(words.split())}" [{number}]\n{answer}' if words else answer


def _refused(row: Row) -> Row:
    written = row.written.model_copy(
        update={"id": f"{row.written.id}#without", "answer": None, "refusal": True}
    )
    return replace(row, written=written)


class _Pool:
    """The sources of all rows, ranked for a question as a search by words would: BM25."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._passages = [*passages]
        self._told = {p.id: _told(p) for p in self._passages}
        holding = Counter(term for told in self._told.values() for term in told)
        self._weight = {t: math.log1p(len(self._told) / n) for t, n in holding.items()}
        self._mean = sum(t.total() for t in self._told.values()) / max(len(self._told), 1)

    def ranked(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """Return ``passages`` best first, as retrieval numbers them: what answers often leads."""
        asked = set(terms(question))
        likeness = {p.id: self._likeness(asked, self._told[p.id]) for p in passages}
        return sorted(passages, key=lambda p: (-likeness[p.id], p.id))

    def _likeness(self, asked: Set[str], told: Counter[str]) -> float:
        room = _SATURATION * (1 - _LENGTH + _LENGTH * told.total() / self._mean)
        return math.fsum(self._weight[t] * told[t] / (told[t] + room) for t in asked & told.keys())

    def distractors(
        self, question: str, own: Sequence[Passage], most: int, chance: random.Random
    ) -> list[Passage]:
        """Return passages of other documents that read like the question and do not answer it."""
        documents = {p.document_id or p.title for p in own}
        others = [p for p in self._passages if (p.document_id or p.title) not in documents]
        drawn = self.ranked(question, others)[: most * _DRAWN_FROM]
        return chance.sample(drawn, min(most, len(drawn)))


def _told(passage: Passage) -> Counter[str]:
    """Return how often each term stands in a passage and in the names of where it stands."""
    return Counter(terms(" ".join((passage.title, *passage.section, passage.text))))
