"""Finds in an assistant's store the passages that a question must cite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from domainkit.evaluation.record import Gold
from domainkit.ingestion.places import Places
from domainkit.packs.schemas.rows import FileSource
from domainkit.store import locators
from domainkit.store.documents import Store
from domainkit.types import Document, Passage, Span


class GoldFinder:
    """Resolves what questions name (a file, words, a locator) to what the store holds."""

    def __init__(self, store: Store, base: Path) -> None:
        """Look in ``store``, whose assistant stands in ``base``."""
        self._store = store
        places = Places(store, base)
        self._named = {str(places.find(file.path).resolve()): file.path for file in store.files()}
        self._ids: dict[str, list[str]] = {}
        self._profiles: dict[str, str] = {}
        for summary in store.documents():
            self._ids.setdefault(summary.source, []).append(summary.id)
            if "#" in summary.source:
                self._ids.setdefault(summary.source.partition("#")[0], []).append(summary.id)
            self._profiles[summary.id] = summary.profile
        self._read: dict[str, tuple[Document, Sequence[Passage]]] = {}

    def find(self, source: FileSource, folders: Sequence[Path]) -> Gold:
        """Return where the words of ``source`` stand; ``folders`` are those its path counts from.

        A file the store knows by that very name is meant before one of these folders.
        """
        for document, passages in self._documents(source.path, folders):
            located = [p for p in passages if source.locator in (None, p.locator)]
            spans = _spans(document.text, source.quote) if source.quote else []
            held = [held for span in spans for held in _holding(located, span)]
            if not source.quote:
                held = [passage.id for passage in located]
            if held:
                first = spans[0] if spans else None
                profile = self._profiles[document.id]
                unique = tuple(dict.fromkeys(held))
                return Gold(source.path, unique, document.id, profile, first)
        return Gold(source.path)

    def _documents(
        self, path: str, folders: Sequence[Path]
    ) -> Iterator[tuple[Document, Sequence[Passage]]]:
        file, mark, record = path.partition("#")
        found = (self._named.get(str((folder / file).resolve())) for folder in folders)
        names = [file, *(name for name in found if name)]
        sources = (name + mark + record for name in names)
        for one in next((self._ids[source] for source in sources if source in self._ids), []):
            if one not in self._read:
                document = self._store.document(one)
                self._read[one] = document, locators.of_document(self._store, one)
            yield self._read[one]


def _holding(passages: Sequence[Passage], span: Span) -> list[str]:
    """Return the passages that hold ``span``; where it is divided, the one with most of it."""
    whole = [p.id for p in passages if p.span.contains(span)]
    parts = {p.id: min(span.end, p.span.end) - max(span.start, p.span.start) for p in passages}
    most = max(parts, key=parts.__getitem__, default="")
    return whole or ([most] if most and parts[most] > 0 else [])


def _spans(text: str, quote: str) -> list[Span]:
    """Return where ``quote`` stands in ``text``, whatever the spaces."""
    wanted = "".join(quote.split())
    places = [at for at, character in enumerate(text) if not character.isspace()]
    bare = "".join(text[at] for at in places)
    found, at = [], bare.find(wanted) if wanted else -1
    while at >= 0:
        found.append(Span(places[at], places[at + len(wanted) - 1] + 1))
        at = bare.find(wanted, at + len(wanted))
    return found
