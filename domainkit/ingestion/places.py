"""Which files an ingest covers, and the names they keep while the folders above them move."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from domainkit.ingestion import sidecar
from domainkit.store.documents import Store

# Never documents: what systems and programs leave behind, and what describes the documents.
# Names that begin with a dot are left out too. A file that is given by its own path is read
# whatever its name.
SKIPPED = (
    "SOURCES.yaml",
    "README",
    "README.md",
    "README.txt",
    "*.meta.yaml",
    "~$*",
    "Thumbs.db",
    "desktop.ini",
    "__MACOSX",
    "__pycache__",
)
_DANGLING, _MEND = "the link points to nothing", "remove or mend it, then: domainkit ingest"


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder to ingest.

    ``profile`` reads everything in it. An ``optional`` folder may be empty or absent.
    """

    path: Path
    profile: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read and the folder it was found through, or a place with none and why."""

    path: Path
    root: Path
    profile: str | None = None
    problem: str = ""
    hint: str = ""


def walk(sources: Sequence[Source]) -> Iterator[Found]:
    """Yield the files of ``sources``, each once, sorted within a folder, and what is amiss."""
    seen: set[Path] = set()
    for source in sources:
        for found in _of(source):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _of(source: Source) -> Iterator[Found]:
    path = source.path
    if path.is_dir():
        found = list(_below(path.resolve(), source.profile))
        yield from found
        if not found and not source.optional:
            hint = f"copy documents into it, then: domainkit ingest {path}"
            yield Found(path, path, problem="the folder holds no documents", hint=hint)
    elif path.is_file():
        # The folder is settled and a link within it is not: a file keeps the name it is given.
        folder = path.parent.resolve()
        yield Found(folder / path.name, folder, source.profile)
    elif path.is_symlink():
        yield Found(path, path, problem=_DANGLING, hint=_MEND)
    elif not source.optional:
        problem = "there is no such file or folder"
        hint = "check the path, or leave it out: domainkit ingest reads documents/"
        yield Found(path, path, problem=problem, hint=hint)


def _below(root: Path, profile: str | None) -> Iterator[Found]:
    unreadable: list[OSError] = []
    for place, folders, names in os.walk(root, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not skipped(name))
        for path in [Path(place, name) for name in folders]:
            if path.is_symlink():
                folders.remove(path.name)
                problem = "a link to a folder is not followed"
                yield Found(path, root, problem=problem, hint="ingest what it points to")
        for path in [Path(place, name) for name in sorted(names) if not skipped(name)]:
            yield Found(path, root, profile, *_amiss(path))
        for name in sidecar.orphans(sorted(names)):
            problem = "it describes no file of this folder"
            hint = f"name it <file>{sidecar.SUFFIX}, then: domainkit ingest"
            yield Found(Path(place, name), root, problem=problem, hint=hint)
    for error in unreadable:
        problem = "there is no permission to read the folder"
        hint = "give yourself the right to read it, then: domainkit ingest"
        yield Found(Path(error.filename), root, problem=problem, hint=hint)


def _amiss(path: Path) -> tuple[str, str] | tuple[()]:
    """Return what keeps a file from being opened, and what to do; nothing when nothing does."""
    try:
        str(path).encode()
        mode = path.stat().st_mode
    except UnicodeEncodeError:
        return "its name is not valid Unicode", "rename it, then: domainkit ingest"
    except FileNotFoundError:
        return _DANGLING, _MEND
    except OSError:
        return ()  # reading it will say more
    return () if stat.S_ISREG(mode) else ("it is a pipe, a socket or a device", "move it away")


def skipped(name: str) -> bool:
    """Return whether a file or folder of this name is left out of folders."""
    return name.startswith(".") or any(fnmatch.fnmatch(name, pattern) for pattern in SKIPPED)


class Places:
    """Gives every file the name the store knows it by, and finds the file of a name.

    A file below ``base`` (the assistant's folder) is named by its path from there, so that the
    assistant can be moved as a whole. One elsewhere is named by the folder that was ingested, or
    that holds it, and its path from there.
    """

    def __init__(self, store: Store, base: Path) -> None:
        self._store = store
        self._base = base.resolve()
        self._roots = store.roots()

    def name(self, found: Found) -> str:
        """Return the name of the file ``found``."""
        path = found.path
        if path.is_relative_to(self._base):
            return path.relative_to(self._base).as_posix()
        holding = [(root, name) for name, root in self._roots.items() if path.is_relative_to(root)]
        if not holding:
            holding = [(found.root, self._new(found.root))]
        root, name = max(holding, key=lambda pair: len(pair[0].parts))
        return (PurePosixPath(name) / path.relative_to(root).as_posix()).as_posix()

    def shown(self, found: Found) -> str:
        """Return how a report names a place that holds no file: short where it can be."""
        path = found.path
        inside = path.is_relative_to(self._base)
        shown = path.relative_to(self._base).as_posix() if inside else str(path)
        return shown.encode("utf-8", "replace").decode()

    def find(self, name: str) -> Path:
        """Return where the file called ``name`` stands, or stood."""
        first, _, rest = name.partition("/")
        root = self._roots.get(first)
        return root / rest if root is not None else self._base / name

    def group(self, name: str) -> str:
        """Return the group of a file: the folder it lies in below the ingested one."""
        parts = PurePosixPath(name).parts
        return parts[1] if len(parts) > 2 else ""

    def _new(self, root: Path) -> str:
        taken = [entry.name for entry in self._base.iterdir()] if self._base.is_dir() else []
        name = self._store.root(root, taken=taken)
        self._roots[name] = root
        return name


def is_gone(path: Path) -> bool:
    """Return whether there is no such file; a folder that cannot be looked into hides nothing."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
