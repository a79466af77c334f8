"""Reads a file that another was made from: decrypted, converted, unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from domainkit import registry
from domainkit.ingestion import sniff
from domainkit.types import Document


def read_in_place_of(made: Path, original: Path) -> Iterator[Document]:
    """Yield the documents of ``made`` as those of ``original``.

    Raises:
        IngestionError: when what was made cannot be read.
    """
    for document in registry.get("readers", sniff.reader_for(made))().read(made):
        titled = document.title if document.title != made.stem else original.stem
        source = original.name + document.source.removeprefix(made.name)
        yield replace(document, source=source, title=titled)
