"""Proof that nothing an assistant keeps still holds a document: drawn before, searched after."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domainkit import __version__
from domainkit.retrieval.indexes import Indexes
from domainkit.store import forgetting, traces
from domainkit.store.documents import Store
from domainkit.store.forgetting import Target

SAMPLES = 20
# So many are drawn at first: some stand in other documents too and prove nothing.
_DRAWN = 200
# And so many more are looked for: one that crosses from page to page of the database is not found.
_SPARE = 10


@dataclass(frozen=True, slots=True)
class Draw:
    """Stretches of a document's text, taken while it was there.

    ``texts`` stand in no other document and were found in the files before. ``elsewhere`` names
    documents that hold others that were drawn, word for word: those stay.
    """

    texts: tuple[str, ...]
    elsewhere: tuple[str, ...]
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was forgotten, how it was searched for, and what was found. Holds none of its text."""

    document: str
    sha256: str
    forgotten_at: str
    domainkit: str
    documents: int
    passages: int
    copies: tuple[str, ...]
    samples: tuple[str, ...]
    sample_length: int
    also_in: tuple[str, ...]
    found_before: int
    found_after: int
    found_in: tuple[str, ...]
    files_searched: int
    bytes_searched: int
    rows_left: int
    index_entries_left: int
    still_on_disk: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether there was something to look for, and nothing of it is left."""
        left = self.found_after + self.rows_left + self.index_entries_left
        return bool(self.samples) and not left

    def write(self, folder: Path) -> Path:
        """Write this as JSON, and beside it for people; return the JSON file."""
        folder.mkdir(parents=True, exist_ok=True)
        number = hashlib.sha256(self.document.encode()).hexdigest()[:8]
        path = folder / f"{self.forgotten_at.replace(':', '')}-{number}.json"
        path.write_text(json.dumps(self.project(), ensure_ascii=False, indent=2) + "\n", "utf-8")
        path.with_suffix(".md").write_text("\n".join(self.lines()) + "\n", "utf-8")
        return path

    def project(self) -> dict[str, Any]:
        """Return the certificate as JSON has it."""
        return {"proved": self.proved, **dataclasses.asdict(self)}

    def lines(self) -> list[str]:
        """Return the certificate for people, as lines of Markdown."""
        count = len(self.samples)
        lines = [
            f"# {'Forgotten' if self.proved else 'NOT PROVED FORGOTTEN'}: {self.document}",
            "",
            f"- content: SHA-256 {self.sha256}",
            f"- forgotten: {self.forgotten_at} by domainkit {self.domainkit}",
            f"- removed: {self.documents} documents, {self.passages} passages",
            f"- sampled: {count} random stretches of up to {self.sample_length} characters that "
            "no other document holds (their SHA-256 stand in the JSON file)",
            f"- searched: all {self.bytes_searched:,} bytes of {self.files_searched} files below "
            ".domainkit: tables and their free pages, logs, indexes, caches",
            f"- found before: {self.found_before} of {count}; found after: {self.found_after}",
            f"- rows left in tables: {self.rows_left}; entries left in indexes: "
            f"{self.index_entries_left}",
        ]
        for said, names in (
            ("still found in", self.found_in),
            ("copies that were linked to it and are forgotten too", self.copies),
            ("other documents that hold stretches of it word for word, and stay", self.also_in),
            ("still on the disk, read again by the next ingest unless moved", self.still_on_disk),
        ):
            lines += [f"- {said}: {', '.join(names)}"] if names else []
        return lines


def draw(store: Store, target: Target, folder: Path) -> Draw:
    """Return stretches of ``target`` that can be looked for once it is forgotten in ``folder``."""
    texts = [store.document(name).text for name in target.documents]
    drawn = traces.samples(texts, _DRAWN, random.SystemRandom())
    shared, elsewhere = _elsewhere(store, target.documents, drawn)
    own = [text for text in drawn if text not in shared][: SAMPLES + _SPARE]
    found = traces.search(folder, own).samples
    there = [text for n, text in enumerate(own) if n in found]
    return Draw(tuple(there[:SAMPLES]), elsewhere, forgetting.keys(store, target))


def certify(
    store: Store,
    indexes: Indexes,
    target: Target,
    before: Draw,
    *,
    folder: Path,
    still_on_disk: Sequence[str],
) -> Certificate:
    """Return what is left of ``target`` in ``folder``, now that it is forgotten."""
    after = traces.search(folder, before.texts)
    left = {summary.id for summary in store.documents()} & set(target.documents)
    held = [indexes.lexical.keys(), indexes.vectors.keys() if indexes.vectors else []]
    return Certificate(
        document=target.name,
        sha256=target.sha256,
        forgotten_at=datetime.now(UTC).isoformat(timespec="seconds"),
        domainkit=__version__,
        documents=len(target.documents),
        passages=len(before.keys),
        copies=target.copies,
        samples=tuple(hashlib.sha256(text.encode()).hexdigest() for text in before.texts),
        sample_length=traces.LENGTH,
        also_in=before.elsewhere,
        found_before=len(before.texts),
        found_after=len(after.samples),
        found_in=tuple(sorted({trace.path for trace in after.found})),
        files_searched=after.files,
        bytes_searched=after.size,
        rows_left=len(left) + len(store.passages(before.keys)),
        index_entries_left=sum(len(set(before.keys) & set(keys)) for keys in held),
        still_on_disk=tuple(still_on_disk),
    )


def _elsewhere(
    store: Store, own: Collection[str], stretches: Sequence[str]
) -> tuple[set[str], tuple[str, ...]]:
    """Return which stretches stand in documents other than ``own``, and these documents."""
    shared: set[str] = set()
    names: list[str] = []
    for summary in store.documents():
        if summary.id not in own:
            text = store.document(summary.id).text
            if here := {stretch for stretch in stretches if stretch in text}:
                shared |= here
                names.append(summary.source)
    return shared, tuple(names)
