"""Waits for something to change below folders; the system says so, and little is polled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import IngestionError
from domainkit.ingestion.places import skipped

# Milliseconds: a copy of many files is one change once nothing has come for ``_QUIET``, and at
# the latest after ``_LONGEST``.
_QUIET = 300
_LONGEST = 3_000
# How long one wait lasts when nothing happens: what was put off is then tried again.
_PATIENCE = 5_000
# So many waits in which nothing was said are followed by a look all the same: network drives say
# nothing of what others write to them.
_SILENT = 4


def changes(folders: Sequence[Path]) -> Iterator[bool]:
    """Yield true at once and after each burst of changes below ``folders``, false now and then.

    The second is true as well: something may have changed before anyone listened.

    Raises:
        IngestionError: when one of them is no folder.
        MissingExtra: when watchfiles is not installed.
        KeyboardInterrupt: when the process is asked to stop.
    """
    watchfiles = extras.load("watchfiles", needed_for="watching folders")
    for folder in folders:
        if not folder.is_dir():
            raise IngestionError(
                f"{folder} is no folder, and only folders are watched",
                hint="domainkit watch FOLDER",
            )
    roots = [folder.resolve() for folder in folders]

    def counts(_change: Any, path: str) -> bool:
        return any(_is_document(Path(path), root) for root in roots)

    waiting = watchfiles.watch(
        *roots,
        watch_filter=counts,
        debounce=_LONGEST,
        step=_QUIET,
        rust_timeout=_PATIENCE,
        yield_on_timeout=True,
    )
    yield True
    yield next(waiting) is not None
    silent = 0
    for found in waiting:
        silent = 0 if found else silent + 1
        yield bool(found) or silent % _SILENT == 0


def _is_document(path: Path, root: Path) -> bool:
    """Return whether a change of ``path`` may concern a document below ``root``.

    A sidecar (``*.meta.yaml``) is no document and says how one is read.
    """
    if not path.is_relative_to(root):
        return False
    names = path.relative_to(root).parts
    return path.name.endswith(".meta.yaml") or not any(map(skipped, names))
