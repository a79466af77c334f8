"""Finds the passages that rows name: by locator, by words they contain, or written out.

Files are read and divided by the code that ingests an owner's documents, so a row trains on the
passage that answering would retrieve.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from domainkit.errors import TrainingError
from domainkit.guards.privacy import masked_kinds
from domainkit.ingestion.folder import ingest
from domainkit.ingestion.options import Options
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.rows import FileSource, GivenSource
from domainkit.store.documents import Store
from domainkit.training.rows import Row
from domainkit.types import Passage, Span


@dataclass(frozen=True, slots=True)
class _Folder:
    """What the files of one folder hold: passages by document, and why a file has none."""

    divided: Mapping[str, Sequence[Passage]]  # a document's source -> its passages, in order
    refused: Mapping[str, str]


class Passages:
    """The passages of every file that ``rows`` name, each file read once."""

    def __init__(self, pack: Pack, rows: Sequence[Row]) -> None:
        wanted: dict[Path, set[str]] = defaultdict(set)
        for row in rows:
            for source in row.written.sources:
                if isinstance(source, FileSource):
                    wanted[row.folder].add(source.path.partition("#")[0])
        knowledge = pack.manifest.knowledge.values()
        own = {known.path: known.profile for known in knowledge if known.profile}
        options = Options(assigned={**pack.manifest.profiles, **own}, mask=masked_kinds(pack))
        self._folders = {
            folder: _divide(folder, files, options) for folder, files in wanted.items()
        }

    def of(self, row: Row) -> list[Passage]:
        """Return the source passages of ``row``, in its order; two sources may be one passage.

        Raises:
            TrainingError: naming file and line, when a source is not found or names several.
        """
        return [self._find(source, row) for source in row.written.sources]

    def _find(self, source: FileSource | GivenSource, row: Row) -> Passage:
        if isinstance(source, GivenSource):
            return _written_out(source)
        passages = self._of_file(source, row)
        fitting = [passage for passage in passages if _fits(passage, source)]
        if not fitting or (len(fitting) > 1 and source.quote is None):
            sought = f"quote {source.quote!r}" if source.quote else f"locator {source.locator!r}"
            raise TrainingError(
                f"{row.place}: {len(fitting) or 'no'} passages of {source.path} have the {sought}",
                hint="add a quote that only one of them holds"
                if fitting
                else f"copy the words of the file, or a locator: {_locators(passages)}",
            )
        return fitting[0]

    def _of_file(self, source: FileSource, row: Row) -> Sequence[Passage]:
        read, file = self._folders[row.folder], source.path.partition("#")[0]
        if source.path in read.divided:
            return read.divided[source.path]
        reason = read.refused.get(file) or (
            "it has no such record" if (row.folder / file).is_file() else "there is no such file"
        )
        raise TrainingError(
            f"{row.place}: {source.path} cannot be used: {reason}",
            hint=f"a path counts from {row.folder}",
        )


def _divide(folder: Path, files: set[str], options: Options) -> _Folder:
    present = [folder / file for file in sorted(files) if (folder / file).is_file()]
    divided: dict[str, list[Passage]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open(Path(scratch) / "store.sqlite", create=True)
        with closing(store):
            report = ingest(present, store, base=folder, options=options)
            for entry in store.entries():
                source = store.document(entry.passage.document_id).source
                divided[source].append(entry.passage)
    refused = {line.path: line.reason for line in report.files if line.outcome == "refused"}
    return _Folder(divided, refused)


def _written_out(source: GivenSource) -> Passage:
    """Return a passage that stands in the row itself and in no document."""
    digest = hashlib.sha256("\0".join((source.title, source.locator, source.text)).encode())
    return Passage(
        id=digest.hexdigest(),
        document_id="",
        title=source.title,
        locator=source.locator,
        span=Span(0, len(source.text)),
        text=source.text,
    )


def _fits(passage: Passage, source: FileSource) -> bool:
    located = source.locator is None or passage.locator == source.locator
    return located and (source.quote is None or _plain(source.quote) in _plain(passage.text))


def _plain(text: str) -> str:
    """Return ``text`` on one line: where a file breaks its lines is no part of its words."""
    return " ".join(text.split())


def _locators(passages: Sequence[Passage], most: int = 5) -> str:
    names = list(dict.fromkeys(passage.locator for passage in passages))
    return ", ".join(repr(name) for name in names[:most]) + (" …" if len(names) > most else "")
