"""The packs folder of a user: ``<packs>/<name>/<version>/``, versions side by side.

Each version is the content of one archive, with the archive's manifest and signature. It is never
changed and never overwritten, so that an assistant that names it stays what it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import platformdirs

from domainkit.errors import PackError
from domainkit.packs.contents import MANIFEST, RECEIPTS, members

VARIABLE = "DOMAINKIT_PACKS"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_STAGING = ".staging-"


@dataclass(frozen=True, slots=True)
class Installed:
    """One version of an installed pack."""

    name: str
    version: str
    folder: Path

    @property
    def signer(self) -> str | None:
        """The public key that signed its archive; None for one that nobody signed."""
        key = self._receipt(RECEIPTS[1]).get("key")
        return key if isinstance(key, str) else None

    def _receipt(self, name: str) -> Mapping[str, Any]:
        path = self.folder / name
        try:
            found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def folder() -> Path:
    """Return the packs folder: ``DOMAINKIT_PACKS``, else that of the user's data."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    return platformdirs.user_data_path("domainkit") / "packs"


def versions(name: str) -> list[Installed]:
    """Return the installed versions of the pack ``name``, newest first."""
    root = folder() / name
    found = [
        Installed(name, place.name, place)
        for place in (root.iterdir() if root.is_dir() else ())
        if _VERSION.fullmatch(place.name) and (place / MANIFEST).is_file()
    ]
    return sorted(found, key=lambda one: ordered(one.version), reverse=True)


def names() -> list[str]:
    """Return the names of installed packs, sorted."""
    root = folder()
    places = root.iterdir() if root.is_dir() else ()
    return sorted(place.name for place in places if versions(place.name))


def shown(folder: Path) -> str:
    """Return how a pack's folder is called; that of an installed one as "name@1.0.0"."""
    if _VERSION.fullmatch(folder.name):
        return f"{folder.parent.name}@{folder.name}"
    return folder.name


def ordered(version: str) -> tuple[int, ...]:
    """Return what sorts ``version`` among others."""
    return tuple(map(int, version.split(".")))


def keep(pack: Path, name: str, version: str) -> Installed:
    """Keep a copy of the pack in ``pack``, which ships or comes with a plugin; return it.

    Raises:
        PackError: when the packs folder cannot be written.
    """
    target = folder() / name / version
    if not target.is_dir():
        work = stage()
        try:
            for relative, path in members(pack).files.items():
                (work / name / relative).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, work / name / relative)
            place(work / name, name, version)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Installed(name, version, target)


def stage() -> Path:
    """Return a new folder in the packs folder, which nothing reads yet.

    Raises:
        PackError: when it cannot be written.
    """
    root = folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(prefix=_STAGING, dir=root))
    except OSError as error:
        raise PackError(
            f"{error.filename or root}: {error.strerror}",
            hint=f"name a folder that you may write: {VARIABLE}=FOLDER",
        ) from error


def place(staged: Path, name: str, version: str) -> Path:
    """Make the folder ``staged`` the installed version, in one step; return where it stands.

    Raises:
        PackError: when that version is there already.
    """
    target = folder() / name / version
    target.parent.mkdir(exist_ok=True)
    try:
        staged.rename(target)
    except OSError as error:
        raise PackError(
            f"{target}: {error.strerror}", hint=f"domainkit pack show {name}@{version}"
        ) from error
    return target
