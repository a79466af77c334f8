"""Finds packs by name: those that ship with domainkit, those of installed plugins, any folder.

A plugin registers a pack under the entry-point group ``domainkit.packs``; the entry is a module
whose folder is the pack, or a path.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from domainkit import content
from domainkit.errors import PackError
from domainkit.registry import nearest

MANIFEST = "domain.yaml"
GROUP = "domainkit.packs"


def names() -> list[str]:
    """Return the names of the packs that ship with domainkit or with a plugin, sorted."""
    return sorted({*_shipped(), *_plugins()})


def locate(name: str | Path) -> Path:
    """Return the folder of a pack.

    Args:
        name: a name of the catalogue, else the path of a folder. A ``Path`` is always a folder,
            and so is "./medical", whatever the catalogue holds.

    Raises:
        PackError: when there is no such pack; the hint names the nearest.
    """
    if isinstance(name, str):
        if folder := _shipped().get(name):
            return folder
        if plugin := _plugins().get(name):
            return _folder_of(plugin)
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


def _shipped() -> dict[str, Path]:
    return {
        folder.name: folder
        for folder in content.root("domains").iterdir()
        if (folder / MANIFEST).is_file()
    }


def _plugins() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _folder_of(plugin: EntryPoint) -> Path:
    found = plugin.load()
    folder = Path(found if isinstance(found, str | Path) else Path(str(found.__file__)).parent)
    if not (folder / MANIFEST).is_file():
        raise PackError(
            f"the plugin '{plugin.value}' gives {folder} as the pack '{plugin.name}', "
            f"and there is no {MANIFEST}",
            hint=f"reinstall the plugin that provides '{plugin.name}'",
        )
    return folder.resolve()
