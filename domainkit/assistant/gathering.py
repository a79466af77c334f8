"""The documents a new assistant begins with: what there is of them, and their copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion import sidecar
from domainkit.ingestion.places import Source, walk

FOLDER = "documents"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files of a folder that could be documents, their size, and what cannot be read."""

    folder: Path
    files: tuple[Path, ...]
    size: int
    problems: tuple[str, ...] = ()

    def name(self, path: Path) -> str:
        """Return the path of a file from the folder, with '/'."""
        return path.relative_to(self.folder).as_posix()


def gather(folder: Path) -> Gathered:
    """Return the files below ``folder`` that an ingest would read.

    Raises:
        IngestionError: when it is no folder, or holds none.
    """
    folder = folder.expanduser()
    if not folder.is_dir():
        raise IngestionError(f"{folder}: there is no such folder", hint="check the folder's path")
    folder = folder.resolve()
    found = list(walk([Source(folder, optional=True)]))
    files = tuple(item.path for item in found if not item.problem)
    if not files:
        raise IngestionError(
            f"{folder}: there is no document in it", hint="copy some into it, or give another"
        )
    problems = tuple(f"{item.path}: {item.problem}" for item in found if item.problem)
    return Gathered(folder, files, sum(path.stat().st_size for path in files), problems)


def copy(gathered: Gathered, target: Path) -> None:
    """Copy the files, and what describes them, to the same paths below ``target``.

    Raises:
        IngestionError: when one cannot be read or written.
    """
    for path in with_sidecars(gathered.files):
        copied = target / gathered.name(path)
        try:
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
        except OSError as error:
            raise IngestionError(
                f"{error.filename or path}: {error.strerror}",
                hint="mend that, remove what was written, and run domainkit new again",
            ) from error


def with_sidecars(files: tuple[Path, ...]) -> Iterator[Path]:
    """Yield ``files``, each followed by what describes it where there is such a file, once."""
    seen: set[Path] = set()
    for path in files:
        yield path
        described = sidecar.beside(path)
        if described is not None and described not in seen:
            seen.add(described)
            yield described
