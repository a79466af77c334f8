"""Masks what identifies a person in what is read, before anything is kept of it.

The store then holds the masked text and nothing else of it: offsets, quotes and citations are
those of what is stored, and no longer those of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from domainkit.ingestion.text import replaced
from domainkit.text import detect
from domainkit.types import Document, Section

if TYPE_CHECKING:
    from domainkit.text.masks import Masks


class Hiding:
    """Masks the documents of one file after another: within one, an identifier has one name."""

    def __init__(self, kinds: Sequence[str]) -> None:
        """Mask these ``kinds``; none leaves documents as they are."""
        self._kinds = tuple(kinds)
        self._masks: Masks | None = None

    def begin(self) -> None:
        """Begin another file: its names are its own."""
        self._masks = None

    def of(self, document: Document) -> Document:
        """Return ``document`` masked: its text, title and headings, and what it says of itself."""
        if not self._kinds:
            return document
        if self._masks is None:
            # A worker that masks nothing starts a tenth sooner without these patterns.
            from domainkit.text.masks import Masks

            self._masks = Masks(self._kinds, detect(document.text))
        masked = self._masks.masked
        hidden = replaced(document, self._masks.found(document.text))
        return replace(
            hidden,
            title=masked(document.title),
            sections=tuple(
                Section(tuple(map(masked, s.path)), s.span, s.page) for s in hidden.sections
            ),
            meta={key: masked(value) for key, value in document.meta.items()},
        )
