"""Reads published files into rows that may be trained on, and accounts for every row."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from domainkit import __version__
from domainkit.errors import TrainingError
from domainkit.packs.leakage import Evaluations
from domainkit.training.data import screens
from domainkit.training.data.duplicates import Seen
from domainkit.training.data.rows import DataRow, Split, line
from domainkit.training.formats import files, table
from domainkit.training.formats.samples import Format, Unusable

ROWS, REJECTED, MANIFEST = "rows.jsonl", "rejected.jsonl", "manifest.json"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its layout if it is not to be told from it, its licence and origin."""

    path: Path
    licence: str
    origin: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of rows; ``held_out`` is the share that is kept from training."""

    languages: tuple[str, ...] = ()
    held_out: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not trained on, or a sample of it, and why."""

    place: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one file: of its ``rows``, those ``used`` and those not are all of them."""

    path: str
    sha256: str
    format: str
    source: str
    licence: str
    origin: str
    rows: int
    used: int
    samples: int
    rejected: dict[str, int]


@dataclass(frozen=True, slots=True)
class Built:
    """Rows that may be trained on, those that may not, and the account of each file."""

    rows: tuple[DataRow, ...]
    rejected: tuple[Rejected, ...]
    accounts: tuple[Account, ...]
    evaluations: dict[str, int]


def build(sources: Sequence[Source], evaluations: Evaluations, options: Options) -> Built:
    """Return the rows of ``sources`` that may be trained on, in order.

    Raises:
        TrainingError: when a file cannot be read, its layout is not known, or nothing is left.
    """
    reader = _Reader(evaluations, options)
    accounts = [reader.read(source) for source in sources]
    if not reader.rows:
        why = Counter(row.reason for row in reader.rejected).most_common(1)[0]
        raise TrainingError(
            f"no row is left of {len(reader.rejected):,}: {why[1]:,} were turned away because "
            f"{why[0]}",
            hint="domainkit train data inspect FILE lists what its rows are",
        )
    rows = tuple(_split(reader.rows, options))
    return Built(rows, tuple(reader.rejected), tuple(accounts), dict(evaluations.names))


def write(built: Built, folder: Path) -> dict[str, Any]:
    """Write rows, rejected rows and a manifest with their hashes; return the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = "".join(line(row) for row in built.rows)
    refused = "".join(
        json.dumps({"place": r.place, "reason": r.reason, "detail": r.detail}, ensure_ascii=False)
        + "\n"
        for r in built.rejected
    )
    manifest = {
        "schema": 1,
        "made_by": f"domainkit {__version__}",
        **summary(built),
        "files": {ROWS: _sha256(kept.encode()), REJECTED: _sha256(refused.encode())},
    }
    (folder / ROWS).write_text(kept, encoding="utf-8")
    (folder / REJECTED).write_text(refused, encoding="utf-8")
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def summary(built: Built) -> dict[str, Any]:
    """Return what was built as JSON-ready data."""
    rows = built.rows
    return {
        "rows": len(rows),
        "rejected": len(built.rejected),
        "kinds": dict(Counter(row.kind for row in rows)),
        "languages": dict(Counter(row.language for row in rows)),
        "licences": dict(Counter(row.licence for row in rows)),
        "origins": dict(Counter(row.origin for row in rows)),
        "splits": dict(Counter(row.split for row in rows)),
        "reasons": dict(Counter(row.reason for row in built.rejected).most_common()),
        "sources": [
            {name: getattr(account, name) for name in Account.__slots__}
            for account in built.accounts
        ],
        "kept_apart_from": built.evaluations,
    }


def _format(source: Source, found: Sequence[files.Found]) -> Format:
    if source.format:
        return table.find(source.format)
    return table.detect([one.row for one in found if not one.broken], source.path.name)


class _Reader:
    """Takes files in one after the other: a row is compared with all rows before it."""

    def __init__(self, evaluations: Evaluations, options: Options) -> None:
        self.rows: list[DataRow] = []
        self.rejected: list[Rejected] = []
        self._seen = Seen()
        self._evaluations = evaluations
        self._options = options

    def read(self, source: Source) -> Account:
        """Read ``source`` and return what became of its rows."""
        found = files.read(source.path, source.path.name)
        named = _format(source, found)
        before, refused, used = len(self.rows), len(self.rejected), 0
        for one in found:
            kept = len(self.rows)
            for row in _samples(source, named, one):
                self._take(row)
            used += len(self.rows) > kept
        return Account(
            path=source.path.name,
            sha256=_sha256(source.path.read_bytes()),
            format=named.name,
            source=named.source,
            licence=source.licence,
            origin=source.origin,
            rows=len(found),
            used=used,
            samples=len(self.rows) - before,
            rejected=dict(Counter(r.reason for r in self.rejected[refused:]).most_common()),
        )

    def _take(self, row: DataRow | Rejected) -> None:
        why = row if isinstance(row, Rejected) else self._why_not(row)
        if why is not None:
            self.rejected.append(why)
        elif isinstance(row, DataRow):
            self.rows.append(row)

    def _why_not(self, row: DataRow) -> Rejected | None:
        if reason := screens.refusal(row, self._options.languages):
            return Rejected(row.place, reason)
        if name := self._evaluations.holding(row.text):
            return Rejected(row.place, f"it holds words of the evaluation set {name}")
        how, where = self._seen.add(row.text, row.place)
        return Rejected(row.place, how, where) if how else None


def _samples(source: Source, named: Format, one: files.Found) -> Iterator[DataRow | Rejected]:
    if one.broken:
        yield Rejected(one.place, "it is not JSON", one.broken)
        return
    layout = named if source.format or named.fits(one.row) else table.of_row(one.row)
    if layout is None or not layout.fits(one.row):
        yield Rejected(one.place, f"it has not the layout '{named.name}'")
        return
    try:
        samples = layout.read(one.row)
    except Unusable as error:
        yield Rejected(one.place, str(error))
        return
    own = one.row if isinstance(one.row, dict) else {}  # a row built before brings its own
    licence = str(own.get("licence") or source.licence)
    origin = str(own.get("origin") or source.origin)
    split: Split = "held-out" if own.get("split") == "held-out" else "train"
    for sample in samples:
        yield DataRow(sample, one.place, origin, licence, split)


def _split(rows: Sequence[DataRow], options: Options) -> Iterator[DataRow]:
    """Yield the rows, a share more of them held out: the same ones whatever else is read."""
    for row in rows:
        chance = random.Random(f"{options.seed}:{row.id}").random()  # noqa: S311 - not a secret
        yield replace(row, split="held-out") if chance < options.held_out else row


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
