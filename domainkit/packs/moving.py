"""Moves an assistant to another version of the pack it extends, and says first what that changes.

Only the one line ``extends`` of its ``domain.yaml`` is written. What the owner says lies over the
pack as before; where the pack changed the same thing, that is named.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from domainkit.errors import PackError
from domainkit.packs import catalog, contents, difference, installed, lint, loader
from domainkit.packs.difference import Change
from domainkit.packs.files import read_text, read_yaml
from domainkit.packs.filling import quoted
from domainkit.packs.problems import Problem
from domainkit.packs.schemas.archive import REFERENCE

_EXTENDS = re.compile(r"""^extends:[ \t]*("[^"\n]*"|'[^'\n]*'|[^#\s]+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Move:
    """A way from one version to another.

    ``taken`` is what changes for the assistant. ``kept`` is what the pack changed and the owner
    says otherwise: it stays as it is. ``left_out`` counts changes of what the owner left out.
    ``broken`` is what the owner wrote and no longer fits: a question about a text that is gone.
    ``was`` is None where the version before is not here any more: nothing can be compared then.
    """

    folder: Path
    name: str
    was: str | None
    to: str
    pinned: bool
    taken: tuple[Change, ...] = ()
    kept: tuple[Change, ...] = ()
    left_out: int = 0
    broken: tuple[Problem, ...] = ()


def plan(folder: Path, *, to: str | None = None) -> Move:
    """Return what moving the assistant in ``folder`` would change; nothing is written.

    Args:
        folder: an assistant's folder.
        to: a version; the newest known by default.

    Raises:
        PackError: when it extends no pack by name, the version is unknown, or the assistant could
            not be used with it.
    """
    name, pinned = _extended(folder)
    known = dict(catalog.versions(name))
    was = pinned or catalog.version_of(catalog.locate(name))
    newest = max(known, key=installed.ordered, default=was)
    target = to or max(newest, was, key=installed.ordered)
    if target not in known:
        catalog.locate(f"{name}@{target}")  # raises, and names those there are
    there = was in known
    move = Move(folder, name, was if there else None, target, pinned is not None)
    if not there or was == target:
        return move
    old = loader.load(f"{name}@{was}" if pinned else name)
    new = loader.load(f"{name}@{target}")
    with _staged(folder, f"{name}@{target}") as staged:
        before, after = loader.load(folder), loader.load(staged)
        taken = difference.compare(before, after)
        said = {(change.area, change.name): change for change in taken}
        others = [
            change
            for change in difference.compare(old, new)
            if (change.area, change.name) not in said and change.area != "about"
        ]
        own = difference.named(before) | difference.named(after)
        wrong = set(lint.check(folder))
        broken = tuple(fault for fault in lint.check(staged) if fault not in wrong)
    kept = [change for change in others if (change.area, change.name) in own]
    shown = [change for change in taken if change.name != "extends"]
    left_out = len(others) - len(kept)
    return replace(move, taken=tuple(shown), kept=tuple(kept), left_out=left_out, broken=broken)


def apply(move: Move) -> None:
    """Write the one line; the version before stays installed, so that it can be returned to.

    Raises:
        PackError: when the line is not found, or a file cannot be written.
    """
    for version in {move.was, move.to} - {None}:
        found = dict(catalog.versions(move.name))[str(version)]
        installed.keep(found, move.name, str(version))
    path = move.folder / contents.MANIFEST
    text = _extending(path, f"{move.name}@{move.to}")
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise PackError(
            f"{path}: {error.strerror}", hint="give yourself the right to it"
        ) from error


def _extended(folder: Path) -> tuple[str, str | None]:
    """Return the name of the pack the assistant extends, and the version if it names one."""
    path = folder / contents.MANIFEST
    parent = read_yaml(path, str(path)).get("extends")
    read = REFERENCE.fullmatch(str(parent)) if parent is not None else None
    if read is None or (folder / str(parent)).is_dir():
        said = f"extends the folder '{parent}'" if parent else "extends no pack"
        raise PackError(
            f"{path}: {said}, so there is no version to move to",
            hint="name an installed pack: domainkit pack install ARCHIVE, then extends: NAME",
        )
    return read["name"], read["version"]


def _extending(path: Path, reference: str) -> str:
    """Return the text of ``domain.yaml`` with ``extends`` naming ``reference``."""
    text, times = _EXTENDS.subn(
        lambda _: f"extends: {quoted(reference)}", read_text(path, str(path)), count=1
    )
    if not times:
        raise PackError(
            f"{path}: 'extends' does not stand on a line of its own",
            hint=f"write it yourself: extends: {quoted(reference)}",
        )
    return text


@contextmanager
def _staged(folder: Path, reference: str) -> Iterator[Path]:
    """Give a copy of what the owner says, extending ``reference``, for the while."""
    with TemporaryDirectory(prefix="domainkit-upgrade-") as work:
        staged = Path(work) / folder.name
        staged.mkdir()
        for name in _own(folder):
            if (folder / name).is_dir():
                shutil.copytree(folder / name, staged / name)
            else:
                shutil.copyfile(folder / name, staged / name)
        text = _extending(folder / contents.MANIFEST, reference)
        (staged / contents.MANIFEST).write_text(text, encoding="utf-8")
        yield staged


def _own(folder: Path) -> Sequence[str]:
    named = sorted(contents.FILES | contents.FOLDERS - {"adapters"})
    return [name for name in named if (folder / name).exists()]
