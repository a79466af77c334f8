"""Which answers changed from one run to another, and which passages caused it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domainkit.evaluation.comparison import paired
from domainkit.evaluation.record import Change, Item, PassageChange
from domainkit.evaluation.wording import f1, words
from domainkit.types import Passage

# Of two passages of one document, with this share of their words in common, one became the other.
_ALIKE = 0.5
# Scores that differ from run to run though the answer is the same.
_COSTS = frozenset({"latency_p50", "latency_p95", "prompt_tokens", "completion_tokens"})


def changes(before: Sequence[Item], after: Sequence[Item]) -> tuple[Change, ...]:
    """Return the questions whose answer is no longer what it was, and what of its passages is."""
    return tuple(_change(old, new) for old, new in paired(before, after) if _what(old, new))


def differing(earlier: Mapping[str, str], later: Mapping[str, str]) -> tuple[str, ...]:
    """Return the parts of two configurations that differ."""
    names = dict.fromkeys((*earlier, *later))
    return tuple(name for name in names if earlier.get(name) != later.get(name))


def _change(old: Item, new: Item) -> Change:
    passages = tuple(_passages(old, new))
    decisive = tuple(one for one in passages if one.cited) or passages
    scores = {
        name: (old.scores[name], new.scores[name])
        for name in old.scores.keys() & new.scores.keys() - _COSTS
        if old.scores[name] != new.scores[name]
    }
    return Change(
        id=new.id,
        question=new.question.question,
        what=tuple(_what(old, new)),
        before=old.turn.answer.status,
        after=new.turn.answer.status,
        scores=dict(sorted(scores.items())),
        passages=decisive,
    )


def _what(old: Item, new: Item) -> list[str]:
    """Return what of the answer is no longer as it was."""
    before, after = old.turn.answer, new.turn.answer
    found = []
    if before.status != after.status:
        found.append("status")
    if before.text.split() != after.text.split():
        found.append("text")
    cited = [[(c.document_id, c.quote) for c in answer.citations] for answer in (before, after)]
    if cited[0] != cited[1]:
        found.append("citations")
    return found


def _passages(old: Item, new: Item) -> Iterator[PassageChange]:
    """Yield what became of the passages retrieved; those that only moved where no others did."""
    before = {found.passage.id: found.passage for found in old.turn.retrieved}
    after = {found.passage.id: found.passage for found in new.turn.retrieved}
    cited_before = {citation.passage_id for citation in old.turn.answer.citations}
    cited_after = {citation.passage_id for citation in new.turn.answer.citations}
    came = {name: passage for name, passage in after.items() if name not in before}
    differs = False
    for name, passage in before.items():
        if name in after:
            continue
        differs = True
        successor = _successor(passage, list(came.values()))
        cited = name in cited_before or (successor is not None and successor.id in cited_after)
        if successor is None:
            yield _told("vanished", passage, cited=cited)
        else:
            del came[successor.id]
            yield _told("rewritten", successor, was=name, cited=cited)
    for name, passage in came.items():
        differs = True
        yield _told("appeared", passage, cited=name in cited_after)
    if not differs and list(before) != list(after):
        moved = (after[name] for name, at in zip(after, before, strict=True) if name != at)
        for passage in moved:
            yield _told("moved", passage, cited=passage.id in cited_before | cited_after)


def _told(kind: str, passage: Passage, *, was: str = "", cited: bool = False) -> PassageChange:
    return PassageChange(
        kind=kind,
        passage_id=passage.id,
        document_id=passage.document_id,
        title=passage.title,
        locator=passage.locator,
        was=was,
        cited=cited,
    )


def _successor(passage: Passage, came: Sequence[Passage]) -> Passage | None:
    """Return which of the passages that came stands where ``passage`` stood; None if none does."""
    said = words(passage.text)
    alike = [
        (f1(words(other.text), said), other)
        for other in came
        if other.document_id == passage.document_id
    ]
    share, nearest = max(alike, key=lambda pair: pair[0], default=(0.0, None))
    return nearest if share >= _ALIKE else None
