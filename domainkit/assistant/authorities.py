"""What an assistant knows of the authorities an answer names: its pack's works and its store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from domainkit.packs.pack import Pack
from domainkit.packs.references import references
from domainkit.packs.works import Works, number_of
from domainkit.store.documents import Store
from domainkit.types import Passage, Reference, Resolution


class KnownAuthorities:
    """Resolves a reference by the pack's works, else by title and locator among the documents."""

    def __init__(self, pack: Pack, store: Callable[[], Store]) -> None:
        """Know the works of ``pack``, and what ``store`` returns holds once it is asked for."""
        self._grammars = pack.authorities
        self._works = Works(pack.works)
        self._store = store

    def resolve(self, reference: Reference, as_of: date | None) -> Resolution:
        """Return what ``reference`` comes to on ``as_of``; without a day, as it now stands."""
        known = self._works.resolve(reference, as_of)
        if known.standing != "unknown":
            return known
        held = self._store().titled(reference.title)
        same = [passage for passage in held if self._is(passage, reference)]
        if same:
            return _standing(same, as_of)
        numbers = [
            n for passage in held for r in self._read(passage, reference) if (n := number_of(r))
        ]
        return Resolution("absent", facts={"last": str(max(numbers))}) if numbers else known

    def _is(self, passage: Passage, reference: Reference) -> bool:
        return any(r.written == reference.written for r in self._read(passage, reference))

    def _read(self, passage: Passage, reference: Reference) -> Sequence[Reference]:
        grammar = {reference.authority: self._grammars[reference.authority]}
        return references(passage.locator, grammar)


def _standing(wordings: Sequence[Passage], as_of: date | None) -> Resolution:
    """Return whether one of the wordings of a passage is in force, else since or until when."""
    day = as_of or max(w.validity.effective_from or date.min for w in wordings)
    current = next((w for w in wordings if w.validity.covers(day)), None)
    if current:
        return Resolution("found", current)
    ends = [w.validity.effective_to for w in wordings if w.validity.effective_to]
    if ends and max(ends) <= day:
        last = max(wordings, key=lambda w: w.validity.effective_to or date.min)
        facts = {"until": max(ends).isoformat(), "by": last.validity.superseded_by or ""}
        return Resolution("repealed", last, facts)
    starts = [w.validity.effective_from for w in wordings if w.validity.effective_from]
    return Resolution("pending", facts={"since": min(s for s in starts if s > day).isoformat()})
