"""What an assistant knows of the authorities an answer names: its pack's works and its store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from domainkit.packs.pack import Pack
from domainkit.packs.references import references
from domainkit.packs.works import Works, number_of
from domainkit.store import locators
from domainkit.store.documents import Store
from domainkit.text import numerals
from domainkit.types import Passage, Reference, Resolution

# Locators read for one reference. A code has some thousands of articles, and reading this many
# takes about a second; a title as short as "Act" may stand in every passage of a large store.
MOST = 20_000


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
        store = self._store()
        held = locators.titled(store, reference.title, most=MOST)
        grammar = {reference.authority: self._grammars[reference.authority]}
        read = {key: references(locator, grammar) for key, locator in held.items()}
        same = [key for key, found in read.items() if _names(found, reference)]
        if same:
            return _standing([*store.passages(same).values()], as_of)
        numbers = [n for found in read.values() for r in found if (n := number_of(r))]
        if not numbers or len(held) == MOST:  # there may be more: absent cannot be said
            return known
        return Resolution("absent", facts={"last": str(max(numbers))})


def _names(found: Sequence[Reference], reference: Reference) -> bool:
    """Return whether a locator is what ``reference`` names, 第38条 being 第三十八条."""
    return any(r.written == reference.written or _counts_as(r, reference) for r in found)


def _counts_as(one: Reference, other: Reference) -> bool:
    values = [numerals.exact(r.fields.get("number") or "-") for r in (one, other)]
    return values[0] is not None and values[0] == values[1]


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
