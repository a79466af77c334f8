"""Reads a bounded sample of a folder into a store of its own, which is thrown away after use."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from domainkit.assistant.gathering import FOLDER, Gathered
from domainkit.ingestion import sidecar
from domainkit.ingestion.folder import ingest
from domainkit.ingestion.limits import Limits
from domainkit.ingestion.options import Options
from domainkit.ingestion.report import Report
from domainkit.store.documents import Store

# Forty files of a few pages are read in seconds; of long text files the beginning shows enough.
MOST_FILES = 40
MOST_BYTES = 32 << 20
LARGEST = 8 << 20
HEAD = 200_000
_LIMITS = Limits(seconds=30, pages=300)
_LINES = frozenset({".txt", ".md", ".csv", ".tsv", ".jsonl", ".ndjson"})  # read line by line
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".heic", ".webp", ".bmp", ".gif"})
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16: a line does not end at a byte


@dataclass(frozen=True, slots=True)
class Sample:
    """What was read of a folder: the store that holds it, and the line of each file."""

    store: Store
    report: Report


@contextmanager
def sampled(gathered: Gathered, *, copied: bool) -> Iterator[Sample]:
    """Give a sample of ``gathered``, read as an ingest reads; files are named as one names them.

    Args:
        gathered: the folder and its files.
        copied: whether the files will stand in the assistant's own ``documents``.
    """
    with tempfile.TemporaryDirectory(prefix="domainkit-new-") as name:
        base = Path(name).resolve() / "assistant"
        target = base / FOLDER if copied else base.parent / gathered.folder.name
        base.mkdir()
        for path in chosen(gathered):
            for one in filter(None, (path, sidecar.beside(path))):
                place = target / gathered.name(one)
                place.parent.mkdir(parents=True, exist_ok=True)
                _copy(one, place)
        with closing(Store.open(base / "store.sqlite", create=True)) as store:
            yield Sample(
                store, ingest([target], store, base=base, options=Options(limits=_LIMITS))
            )


def chosen(gathered: Gathered) -> list[Path]:
    """Return the files to read: a few of every folder and kind, pictures only if all are."""
    kinds: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    written = [p for p in gathered.files if p.suffix.lower() not in _PICTURES]
    for path in written or gathered.files:
        kinds[path.parent, path.suffix.lower()].append(path)
    turns = zip_longest(*map(_spread, kinds.values()))
    found, size = list[Path](), 0
    for path in filter(None, chain.from_iterable(turns)):
        length = path.stat().st_size
        length = min(length, HEAD) if path.suffix.lower() in _LINES else length
        if length <= LARGEST and size + length <= MOST_BYTES:
            found.append(path)
            size += length
        if len(found) == MOST_FILES:
            break
    return found


def _spread(files: Sequence[Path]) -> list[Path]:
    """Return at most ``MOST_FILES`` of ``files``, from the first to the last."""
    step = max(1, len(files) // MOST_FILES)
    return list(files[::step][:MOST_FILES])


def _copy(path: Path, place: Path) -> None:
    """Copy a file; of a long one that is read by lines, the first lines."""
    if path.suffix.lower() in _LINES and path.stat().st_size > HEAD:
        with path.open("rb") as file:
            head = file.read(HEAD)
        if not head.startswith(_WIDE):
            place.write_bytes(head[: head.rfind(b"\n") + 1] or head)
            return
    shutil.copyfile(path, place)
