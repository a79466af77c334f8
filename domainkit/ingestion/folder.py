"""Brings the store up to date with files: reads what is new or changed, and nothing else."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from domainkit import registry
from domainkit.errors import DomainkitError, IngestionError, MissingExtra, PackError
from domainkit.ingestion import sidecar
from domainkit.ingestion.inside import Inside
from domainkit.ingestion.limits import applied
from domainkit.ingestion.options import Options
from domainkit.ingestion.parsing import ReaderDied, Task
from domainkit.ingestion.places import Found, Places, Source, is_gone, walk
from domainkit.ingestion.profile import Profiles, assigned
from domainkit.ingestion.reading import VERSION, tools
from domainkit.ingestion.readings import Readings
from domainkit.ingestion.report import FileReport, Report, line_of
from domainkit.store import likeness
from domainkit.store.documents import Store
from domainkit.store.identity import digest
from domainkit.store.records import FileRecord

Progress = Callable[[FileReport], None]

# Files that workers may have begun with before the turn of the first of them comes.
_AHEAD = 8
_PERMIT = "give yourself the right to read it, then: domainkit ingest"


def ingest(
    paths: Sequence[Path | Source],
    store: Store,
    *,
    base: Path,
    profiles: Profiles | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Report:
    """Bring ``store`` up to date with ``paths`` and return what became of each file.

    Each file is one transaction: killed at any moment, the store holds whole files only, and the
    next run goes on from there.

    Args:
        paths: files and folders.
        store: what is filled; indexes derived from it are not touched.
        base: the assistant's folder; files below it are named by their path from it.
        profiles: how files are read; those that ship with domainkit by default.
        options: passwords, assigned profiles, strictness, what is masked.
        progress: called after each file.

    Raises:
        IngestionError: at the first refused file, when ``options.strict``.
        StoreError: when the store cannot be written.
    """
    started = time.perf_counter()
    options = options or Options()
    sources = [path if isinstance(path, Source) else Source(path) for path in paths]
    files: list[FileReport] = []
    found = list(walk(sources))
    made = _Run(store, profiles or Profiles.load(), Places(store, base), options)
    with applied(options.limits), closing(made) as run:
        for number, item in enumerate(found, start=1):
            run.look_ahead(found[number - 1 : number - 1 + _AHEAD])
            line = replace(run.file(item), number=number, total=len(found))
            for each in (line, *run.inside):
                files.append(each)
                if progress is not None:
                    progress(each)
            if options.strict and line.outcome == "refused":
                raise IngestionError(f"{line.path}: {line.reason}", hint=line.hint)
    gone = run.gone([source.path.resolve() for source in sources if source.path.is_dir()])
    files += map(run.forget, gone) if options.sync else ()
    missing = () if options.sync else tuple(gone)
    alike = tuple(likeness.link(store))
    store.settle()
    return Report(tuple(files), time.perf_counter() - started, missing, alike)


class _Run:
    """One ingest: what the store knew before it, and what each file is compared with."""

    def __init__(self, store: Store, profiles: Profiles, places: Places, options: Options) -> None:
        self._store = store
        self._places = places
        self._options = options
        self._readings = Readings(profiles, options)
        self._recipe = (VERSION, profiles.fingerprint, *registry.names("readers"))
        self._recipe += tuple(f"without each {kind}" for kind in sorted(options.mask))
        self._known = {file.path: file for file in store.files()}
        self._holding: dict[str, set[str]] = defaultdict(set)  # content hash -> names
        for file in self._known.values():
            self._holding[file.sha256].add(file.path)
        self._hash = options.fingerprints.sha256
        self._seen: set[Path] = set()  # whose turn was looked ahead to
        self._looked: dict[Path, FileRecord] = {}
        self._coming: set[str] = set()  # content hashes that workers read before their turn
        self.inside: tuple[FileReport, ...] = ()  # lines of what came in the file looked at last

    def close(self) -> None:
        """End the workers."""
        self._readings.close()

    def look_ahead(self, window: Sequence[Found]) -> None:
        """Have workers begin with those files of ``window`` that will have to be read."""
        for found in window:
            if not found.problem and found.path not in self._seen:
                self._seen.add(found.path)
                with suppress(OSError, DomainkitError):  # its own turn says what is wrong
                    self._begin(found)

    def file(self, found: Found) -> FileReport:
        """Bring the store up to date with one file; return its line of the report."""
        self.inside = ()
        if found.problem:
            return FileReport(self._places.shown(found), "refused", found.problem, found.hint)
        started = time.perf_counter()
        name = self._places.name(found)
        new = FileRecord(path=name, sha256="", group=self._places.group(name))
        try:
            line = self._updated(name, found)
        except (IngestionError, MissingExtra, PackError) as error:
            line = self._refused(new, error.message, error.hint)
        except FileNotFoundError:
            reason = "the file vanished before it was read"
            line = FileReport(name, "refused", reason, "domainkit ingest")
        except PermissionError:
            line = self._refused(new, "there is no permission to read the file", _PERMIT)
        except OSError as error:
            line = self._refused(new, f"it cannot be read ({error.strerror})")
        self._readings.skip(found.path)
        return replace(line, seconds=max(line.seconds, time.perf_counter() - started))

    def gone(self, folders: Sequence[Path]) -> list[str]:
        """Return the names of known files below ``folders`` that are no longer on the disk."""
        return [
            name
            for name in sorted(self._known)
            if any((path := self._places.find(name)).is_relative_to(f) for f in folders)
            and is_gone(path)
        ]

    def forget(self, name: str) -> FileReport:
        """Remove a file that is gone from the disk."""
        removed = self._known.pop(name)
        self._store.remove_file(name)
        return FileReport(name, "removed", "it is gone from the disk", profile=removed.profile)

    def _updated(self, name: str, found: Found) -> FileReport:
        new = self._new(name, found)
        if new.size == 0:
            hint = "fill it or remove it, then: domainkit ingest"
            raise IngestionError("the file is empty (0 bytes)", hint=hint)
        if self._is_current(new):
            return line_of(self._known[name], "unchanged")
        if self._is_hopeless(new):
            return self._again(name)
        twin = self._twin(new)
        if twin is None:
            return self._read(new, found)
        if not is_gone(self._places.find(twin)):
            return self._linked(new, twin)
        self._rename(twin, name)
        current = self._is_current(new)
        line = line_of(self._known[name], "unchanged") if current else self._read(new, found)
        return replace(line, was=twin)

    def _new(self, name: str, found: Found) -> FileRecord:
        """Return a file as it is now; looked at before its turn, it is not looked at again."""
        if (looked := self._looked.pop(found.path, None)) is not None:
            return looked
        profile = self._profile(name, found) or ""
        described = sidecar.read(found.path).model_dump_json()
        return FileRecord(
            path=name,
            sha256=self._hash(found.path),
            size=found.path.stat().st_size,
            recipe=digest(*self._recipe, profile, found.path.name, described),
            group=self._places.group(name),
        )

    def _profile(self, name: str, found: Found) -> str | None:
        return found.profile or assigned(self._options.assigned, name)

    def _begin(self, found: Found) -> None:
        """Have a worker begin with a file, unless there will be no need to read it."""
        name = self._places.name(found)
        new = self._looked[found.path] = self._new(name, found)
        known = self._is_current(new) or self._is_hopeless(new) or self._twin(new)
        if new.size and not known and new.sha256 not in self._coming:
            self._coming.add(new.sha256)
            self._readings.begin(self._task(new, found))

    def _task(self, new: FileRecord, found: Found) -> Task:
        identity = self._store.identity(new.path, new.sha256)
        return Task(found.path, new.path, identity, self._profile(new.path, found))

    def _is_current(self, new: FileRecord) -> bool:
        """Return whether the store holds the file as it would be read now."""
        old = self._known.get(new.path)
        return (
            old is not None
            and old.outcome == "read"
            and (old.sha256, old.recipe, old.group) == (new.sha256, new.recipe, new.group)
        )

    def _twin(self, new: FileRecord) -> str | None:
        """Return another file that was read with the same content, and has it still or is gone."""
        for name in sorted(self._holding[new.sha256] - {new.path}):
            path = self._places.find(name)
            if self._known[name].outcome == "read" and (
                is_gone(path) or self._hash(path) == new.sha256
            ):
                return name
        return None

    def _is_hopeless(self, new: FileRecord) -> bool:
        """Return whether this very content was refused, and nothing since could change that."""
        old = self._known.get(new.path)
        return (
            old is not None
            and old.outcome == "refused"
            and (old.sha256, old.recipe) == (new.sha256, self._tried(new))
            and not self._options.passwords
        )

    def _again(self, name: str) -> FileReport:
        old = self._known[name]
        return FileReport(name, "refused", old.reason, old.hint)

    def _tried(self, new: FileRecord) -> str:
        """Return the recipe of a refused file: how it was to be read, and by what means.

        It is tried again when they change.
        """
        return digest(new.recipe, *self._means)

    @cached_property
    def _means(self) -> tuple[str, ...]:
        return (*tools(), str(self._options.limits))

    def _read(self, new: FileRecord, found: Found) -> FileReport:
        task = self._task(new, found)
        reading = self._readings.of(task)
        inside = Inside(task.name)
        try:
            divided = inside.divided(reading)
            stored = self._store.replace(replace(new, identity=task.identity), divided)
        except ReaderDied as error:
            return self._refused(replace(new, sha256=""), error.message, error.hint)
        except IngestionError as error:
            return self._refused(new, error.message, error.hint)
        except RecursionError:
            return self._refused(new, "its elements are nested too deeply")
        self._remember(stored)
        self.inside = inside.lines()
        return replace(line_of(stored, "read"), reason=reading.note, seconds=reading.seconds)

    def _linked(self, new: FileRecord, twin: str) -> FileReport:
        reason = f"the same content as {twin}"
        record = replace(new, outcome="linked", linked_to=twin, reason=reason)
        self._record(record)
        return FileReport(new.path, "linked", reason)

    def _refused(self, new: FileRecord, reason: str, hint: str = "") -> FileReport:
        hint = hint or "mend it or move it away, then: domainkit ingest"
        old = self._known.get(new.path)
        if old is not None and old.outcome == "read":
            reason += "; what was read of it before still answers"
            return replace(line_of(old, "refused"), reason=reason, hint=hint)
        tried = replace(new, recipe=self._tried(new)) if new.sha256 else new
        self._record(replace(tried, outcome="refused", reason=reason, hint=hint))
        return FileReport(new.path, "refused", reason, hint)

    def _record(self, record: FileRecord) -> None:
        """Store a file that holds no documents, unless the store has it so already."""
        old = self._known.get(record.path)
        same = old is not None and replace(record, identity=old.identity) == old
        if not same:
            self._remember(self._store.replace(record, ()))

    def _rename(self, old: str, new: str) -> None:
        self._store.rename(old, new)
        moved = self._known.pop(old)
        self._holding[moved.sha256].discard(old)
        self._remember(replace(moved, path=new))

    def _remember(self, record: FileRecord) -> None:
        if (old := self._known.get(record.path)) is not None:
            self._holding[old.sha256].discard(record.path)
        self._known[record.path] = record
        self._holding[record.sha256].add(record.path)
