"""Keeps an assistant up to date with folders, as long as it is not told to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from domainkit.assistant.core import Assistant
from domainkit.errors import StoreError
from domainkit.ingestion.options import Options
from domainkit.ingestion.places import Source
from domainkit.ingestion.report import FileReport
from domainkit.ingestion.watch import changes
from domainkit.store import lock


def follow(
    assistant: Assistant,
    folders: Sequence[Path],
    *,
    passwords: tuple[str, ...] = (),
    on_ready: Callable[[], None],
    on_busy: Callable[[str], None],
) -> Iterator[FileReport]:
    """Yield what becomes of each file that is new, changed, renamed or gone; never end.

    What the system reports says when to look; an ingest says what changed. Files that are gone
    are forgotten, and a file that stays unreadable is reported once.

    Args:
        assistant: what is kept up to date.
        folders: what is followed, with all below.
        passwords: tried on encrypted files.
        on_ready: called once everything is up to date for the first time.
        on_busy: called with the reason when another process writes; it is tried again.

    Raises:
        DomainkitError: as ``Assistant.ingest`` does, but for another process that writes.
        KeyboardInterrupt: when the process is asked to stop.
    """
    options = Options(passwords=passwords, sync=True)  # with the hashes of what is not touched
    sources = [Source(folder, optional=True) for folder in folders]
    refused: dict[str, str] = {}
    ready, behind = False, False
    for changed in changes(folders):
        behind = behind or changed
        if not behind:
            continue
        try:
            report = assistant.ingest(sources, options=options)
        except StoreError as error:
            if not lock.held(assistant.layout.generated):
                raise
            on_busy(error.message)
            continue
        behind = False
        yield from _news(report.files, refused)
        if not ready:
            ready = True
            on_ready()


def _news(files: Sequence[FileReport], refused: dict[str, str]) -> Iterator[FileReport]:
    """Yield what is new of ``files``; ``refused`` holds the reasons that were said before."""
    for file in files:
        if file.outcome == "refused":
            if refused.get(file.path) != file.reason:
                yield file
            refused[file.path] = file.reason
            continue
        refused.pop(file.path, None)
        if file.outcome != "unchanged" or file.was:
            yield file
