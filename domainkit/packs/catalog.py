"""Finds packs by name: those that ship with domainkit, installed ones, those of plugins, folders.

A plugin registers a pack under the entry-point group ``domainkit.packs``; the entry is a module
whose folder is the pack, or a path. A name alone is the pack that ships, else the newest that is
installed, else a plugin's: an archive can bring another ``medical``, and only
``medical@VERSION`` names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Literal

from domainkit import content
from domainkit.errors import PackError
from domainkit.packs import contents, installed
from domainkit.packs.schemas.archive import REFERENCE
from domainkit.registry import nearest

MANIFEST = contents.MANIFEST
GROUP = "domainkit.packs"
_VERSION = re.compile(r"(?:^|[{,])\s*version:\s*[\"']?(\d+\.\d+\.\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A pack of the catalogue: how it is named, and where it comes from.

    ``detail`` is the public key that signed an installed one, or the package of a plugin.
    """

    name: str
    origin: Literal["domainkit", "installed", "plugin"]
    detail: str = ""


def names() -> list[str]:
    """Return the names of the packs that ship, are installed or come with a plugin, sorted."""
    return sorted({*_shipped(), *installed.names(), *_plugins()})


def entries() -> list[Entry]:
    """Return every pack that can be named, each version of an installed one for itself."""
    found = [Entry(name, "domainkit") for name in _shipped()]
    found += [
        Entry(f"{name}@{one.version}", "installed", one.signer or "")
        for name in installed.names()
        for one in installed.versions(name)
    ]
    found += [Entry(name, "plugin", _package(plugin)) for name, plugin in _plugins().items()]
    return sorted(found, key=lambda entry: entry.name.partition("@")[0])


def locate(name: str | Path) -> Path:
    """Return the folder of a pack.

    Args:
        name: a name of the catalogue, with ``@VERSION`` that version of it, else the path of a
            folder. A ``Path`` is always a folder, and so is "./medical", whatever the catalogue
            holds.

    Raises:
        PackError: when there is no such pack; the hint names the nearest.
    """
    read = REFERENCE.fullmatch(name) if isinstance(name, str) else None
    if read and (folder := _named(read["name"], read["version"])):
        return folder
    path = Path(name).expanduser()
    if (path / MANIFEST).is_file():
        return path.resolve()
    if path.is_dir():
        raise PackError(
            f"{path}: no {MANIFEST} there, so it is no pack",
            hint=f"domainkit new, or write {MANIFEST}",
        )
    if isinstance(name, Path):
        raise PackError(f"{path}: there is no such folder", hint="give the folder of a pack")
    raise PackError(f"there is no pack called '{name}'", hint=nearest(name, names()))


def versions(name: str) -> Iterator[tuple[str, Path]]:
    """Yield the versions of the pack ``name`` and their folders; installed ones come last.

    What is installed stays where it is when domainkit or a plugin moves on, so it comes before
    the same version elsewhere.
    """
    if plugin := _plugins().get(name):
        folder = _folder_of(plugin)
        yield version_of(folder), folder
    if shipped := _shipped().get(name):
        yield version_of(shipped), shipped
    yield from ((one.version, one.folder) for one in reversed(installed.versions(name)))


def version_of(folder: Path) -> str:
    """Return the version in a pack's ``domain.yaml``, which need not be sound otherwise."""
    found = _VERSION.search((folder / MANIFEST).read_text(encoding="utf-8", errors="replace"))
    return found[1] if found else ""


def reference(domain: str, folder: Path) -> str:
    """Return how an assistant names the pack it was made from, ``folder``, known as ``domain``.

    An installed pack is named with its version, so that the next one changes no assistant.
    """
    name = domain.partition("@")[0]
    for one in installed.versions(name):
        if one.folder.resolve() == folder.resolve():
            return f"{name}@{one.version}"
    return domain if domain in names() else str(folder)


def _named(name: str, version: str | None) -> Path | None:
    if version is None:
        return _first(name)
    found = dict(versions(name))
    if version not in found:
        raise _absent(name, version, sorted(found, key=installed.ordered))
    return found[version]


def _first(name: str) -> Path | None:
    if folder := _shipped().get(name):
        return folder
    if found := installed.versions(name):
        return found[0].folder
    return _folder_of(plugin) if (plugin := _plugins().get(name)) else None


def _absent(name: str, version: str, known: list[str]) -> PackError:
    if not known:
        return PackError(f"there is no pack called '{name}'", hint=nearest(name, names()))
    return PackError(
        f"version {version} of the pack '{name}' is not here; there is {', '.join(known)}",
        hint=f"domainkit pack install its archive, or: domainkit upgrade --to {known[-1]}",
    )


def _shipped() -> dict[str, Path]:
    return {
        folder.name: folder
        for folder in content.root("domains").iterdir()
        if (folder / MANIFEST).is_file()
    }


def _plugins() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _package(plugin: EntryPoint) -> str:
    return f"{plugin.dist.name} {plugin.dist.version}" if plugin.dist else plugin.value


def _folder_of(plugin: EntryPoint) -> Path:
    try:
        found = plugin.load()
    except (ImportError, AttributeError) as error:
        raise PackError(
            f"the plugin '{plugin.value}' cannot be loaded: {error}",
            hint=f"reinstall {_package(plugin)}",
        ) from error
    folder = Path(found if isinstance(found, str | Path) else Path(str(found.__file__)).parent)
    if not (folder / MANIFEST).is_file():
        raise PackError(
            f"the plugin '{plugin.value}' gives {folder} as the pack '{plugin.name}', "
            f"and there is no {MANIFEST}",
            hint=f"reinstall the plugin that provides '{plugin.name}'",
        )
    return folder.resolve()
