"""Compares the indexes with the store they derive from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domainkit.protocols import Embedder
from domainkit.retrieval.indexes import Indexes
from domainkit.store.documents import Store
from domainkit.text import index_terms
from domainkit.types import Entry

# Entries looked into, evenly spread, unless all are: a key is never used again, so that an entry
# is wrong only if a file was changed by other hands.
SAMPLE = 200
# An index may keep its vectors at 8 bits a number, which moves a cosine by less than this.
_NEAR = 0.98
# Shares of weights are added in another order than their sum.
_WHOLE = 1 - 1e-4
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Drift:
    """Keys of one index that are missing, that are too many, and whose entries are wrong."""

    index: str
    missing: tuple[int, ...]
    extra: tuple[int, ...]
    altered: tuple[int, ...]


def drift(
    indexes: Indexes, store: Store, embedder: Embedder | None, *, every: bool = False
) -> list[Drift]:
    """Return how the indexes differ from the store, one entry for each that does.

    Args:
        indexes: open, and as far as the store is.
        store: the truth.
        embedder: made the vectors.
        every: look into every entry, not a sample.
    """
    wanted = [entry.key for entry in store.entries()]
    step = 1 if every else max(1, len(wanted) // SAMPLE)
    found = []
    for name, index in (("lexical", indexes.lexical), ("vectors", indexes.vectors)):
        if index is None:
            continue
        held = index.keys()
        shared = sorted(set(wanted) & set(held))[::step]
        wrong: list[int] = []
        for start in range(0, len(shared), _BATCH):
            entries = list(store.entries_of(shared[start : start + _BATCH]))
            wrong += (
                _other_words(indexes, entries)
                if name == "lexical"
                else _other_vectors(indexes, entries, embedder)
            )
        missing, extra = sorted(set(wanted) - set(held)), sorted(set(held) - set(wanted))
        if missing or extra or wrong:
            found.append(Drift(name, tuple(missing), tuple(extra), tuple(wrong)))
    return found


def _other_words(indexes: Indexes, entries: Sequence[Entry]) -> list[int]:
    """Return the keys of entries that are not found by every word of their own."""
    wrong = []
    for entry in entries:
        share = indexes.lexical.coverage(entry.passage.text, [entry.key])[entry.key]
        if index_terms(entry.passage.text) and share < _WHOLE:
            wrong.append(entry.key)
    return wrong


def _other_vectors(
    indexes: Indexes, entries: Sequence[Entry], embedder: Embedder | None
) -> list[int]:
    """Return the keys of entries whose vectors are not near what their texts give."""
    if embedder is None or indexes.vectors is None:
        return []
    keys = [entry.key for entry in entries]
    texts = [f"{entry.passage.title}\n{entry.passage.text}".strip() for entry in entries]
    made = embedder.encode(texts, role="passage")
    held = indexes.vectors.vectors(keys)
    lengths = np.linalg.norm(held, axis=1) * np.linalg.norm(made, axis=1)
    cosines = (held * made).sum(axis=1) / np.maximum(lengths, 1e-9)
    return [key for key, cosine in zip(keys, cosines, strict=True) if not cosine >= _NEAR]
