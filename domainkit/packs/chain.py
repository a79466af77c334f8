"""Follows ``extends`` from a pack to its parents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit.errors import PackError
from domainkit.packs import catalog, installed
from domainkit.packs.files import read_yaml
from domainkit.packs.merge import Layer
from domainkit.packs.problems import PackProblems, Problem

LONGEST = 3  # a pack, its parent and its grandparent

# What each pack says of itself and no child inherits.
OWN = frozenset({"schema", "name", "version", "title", "extends"})


@dataclass(frozen=True, slots=True)
class Link:
    """One pack of a chain: its folder and what its ``domain.yaml`` says, unchecked."""

    folder: Path
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """The name it gives itself, or its folder's."""
        return str(self.values.get("name") or self.folder.name)

    def shown(self, relative: str) -> str:
        """Return how errors name one of its files."""
        return f"{installed.shown(self.folder)}/{relative}"

    def layer(self, relative: str, values: dict[str, Any] | None = None) -> Layer:
        """Return the layer that is the file ``relative`` of this pack."""
        path = self.folder / relative
        if values is None:
            values = read_yaml(path, self.shown(relative)) if path.is_file() else {}
        return Layer(self.name, self.shown(relative), values)


def follow(folder: Path) -> tuple[Link, ...]:
    """Return the pack in ``folder`` and its parents, nearest first.

    Raises:
        PackProblems: when a ``domain.yaml`` cannot be read, a parent is unknown, the chain is
            longer than ``LONGEST`` or returns to itself.
    """
    links: list[Link] = []
    folder = folder.resolve()
    while True:
        shown = f"{installed.shown(folder)}/{catalog.MANIFEST}"
        link = Link(folder, read_yaml(folder / catalog.MANIFEST, shown))
        links.append(link)
        parent = link.values.get("extends")
        if parent is None:
            return tuple(links)
        folder = _parent(link, parent)
        names = " → ".join([*(known.name for known in links), str(parent)])
        if any(known.folder == folder for known in links):
            raise _wrong(link, f"the chain of parents returns to itself: {names}")
        if len(links) == LONGEST:
            raise _wrong(link, f"the chain of parents is longer than {LONGEST}: {names}")


def manifest_layers(links: Sequence[Link]) -> list[Layer]:
    """Return the layers of ``domain.yaml``, nearest first; parents keep their ``OWN`` keys."""
    own = links[0].layer(catalog.MANIFEST, links[0].values)
    return [own] + [
        link.layer(
            catalog.MANIFEST, {key: value for key, value in link.values.items() if key not in OWN}
        )
        for link in links[1:]
    ]


def _parent(link: Link, parent: object) -> Path:
    if not isinstance(parent, str):
        raise _wrong(link, "expected the name of a pack, or the path of its folder")
    below = link.folder / parent
    if (below / catalog.MANIFEST).is_file() and parent not in catalog.names():
        return below.resolve()
    try:
        return catalog.locate(parent).resolve()
    except PackError as error:
        raise PackProblems(
            [Problem(link.shown(catalog.MANIFEST), "extends", error.message)], hint=error.hint
        ) from error


def _wrong(link: Link, text: str) -> PackProblems:
    return PackProblems(
        [Problem(link.shown(catalog.MANIFEST), "extends", text)], hint="correct 'extends'"
    )
