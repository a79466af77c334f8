"""Shows a passage once that stands in several documents which say nearly the same.

Only a passage that stands word for word in one that is shown is left out, and that one names it:
what the documents do not share is always found (``docs/decisions/alike.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domainkit.types import Passage

Item = TypeVar("Item")


@dataclass(slots=True)
class Shown(Generic[Item]):
    """A passage that is shown, how it was found, and the passages that say no more than it."""

    passage: Passage
    item: Item
    also: list[Passage] = field(default_factory=list)


def folded(
    found: Iterable[tuple[Passage, Item]], alike: Mapping[str, Set[str]]
) -> list[Shown[Item]]:
    """Return what was found, best first, without what a better one of a linked document says.

    Args:
        found: passages, best first, each with how it was found.
        alike: for each document the documents it is linked to.
    """
    shown: list[Shown[Item]] = []
    for passage, item in found:
        linked = alike.get(passage.document_id, ())
        twin = next(
            (s for s in shown if s.passage.document_id in linked and _says(s.passage, passage)),
            None,
        )
        if twin is None:
            shown.append(Shown(passage, item))
        else:
            twin.also.append(passage)
    return shown


def _says(shown: Passage, other: Passage) -> bool:
    """Return whether ``other``, in force as long, says nothing that ``shown`` does not."""
    whole, part = (f" {' '.join(passage.text.split())} " for passage in (shown, other))
    return shown.validity == other.validity and part in whole
