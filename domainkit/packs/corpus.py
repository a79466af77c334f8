"""Checks a pack's knowledge: every text is there, and named in ``SOURCES.yaml`` with a licence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from domainkit.packs import licences
from domainkit.packs.chain import Link
from domainkit.packs.checking import nearest
from domainkit.packs.files import read_yaml
from domainkit.packs.loader import resolve
from domainkit.packs.merge import Layer
from domainkit.packs.pack import find
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas.manifest import Manifest
from domainkit.packs.schemas.sources import Source, Sources

FILE = "SOURCES.yaml"
FOLDER = "knowledge"


def check(links: Sequence[Link], manifest: Manifest) -> list[Problem]:
    """Return the problems of the knowledge that ``manifest`` names and of its sources."""
    own = links[0]
    faults: list[Problem] = []
    sources = _sources(own, faults)
    named = {PurePosixPath(entry.path) for entry in manifest.knowledge.values()}
    for key, entry in manifest.knowledge.items():
        if find([link.folder for link in links], entry.path) is None:
            present = [f"{FOLDER}/{path.name}" for path in _files(own)]
            text = f"there is no '{entry.path}'{nearest(entry.path, present)}"
            faults.append(Problem(own.shown("domain.yaml"), f"knowledge.{key}.path", text))
    for path in _files(own):
        relative = PurePosixPath(path.relative_to(own.folder).as_posix())
        if not _covered(relative, named):
            text = "is not read: no entry of 'knowledge' in domain.yaml names it"
            faults.append(Problem(own.shown(str(relative)), "", text))
        within = relative.relative_to(FOLDER)
        if sources is not None and not _covered(within, {PurePosixPath(s.path) for s in sources}):
            text = f"has no entry in {FOLDER}/{FILE}, so nobody can tell its licence"
            faults.append(Problem(own.shown(str(relative)), "", text))
    return [*faults, *_of_sources(own, sources or ())]


def _files(own: Link) -> list[Path]:
    folder = own.folder / FOLDER
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != FILE and not path.name.startswith(".")
    ]


def _sources(own: Link, faults: list[Problem]) -> tuple[Source, ...] | None:
    """Return what ``SOURCES.yaml`` lists; None, with the problems noted, where it is unsound."""
    relative = f"{FOLDER}/{FILE}"
    path, shown = own.folder / relative, own.shown(relative)
    if not path.is_file():
        if _files(own):
            faults.append(Problem(shown, "", "is missing: each text needs its licence and origin"))
        return None
    try:
        layer = Layer(own.name, shown, read_yaml(path, shown))
        return resolve(Sources, [layer])[0].sources
    except PackProblems as error:
        faults += error.problems
        return None


def _of_sources(own: Link, sources: Sequence[Source]) -> Iterator[Problem]:
    shown = own.shown(f"{FOLDER}/{FILE}")
    seen: set[str] = set()
    for number, source in enumerate(sources):
        key, path = f"sources.{number}", own.folder / FOLDER / source.path
        if source.path in seen:
            yield Problem(shown, f"{key}.path", f"'{source.path}' stands twice")
        seen.add(source.path)
        if fault := licences.fault(source.licence):
            yield Problem(shown, f"{key}.licence", fault)
        if not path.exists():
            present = [str(file.relative_to(own.folder / FOLDER)) for file in _files(own)]
            text = f"there is no '{source.path}'{nearest(source.path, present)}"
            yield Problem(shown, f"{key}.path", text)
        elif source.sha256 and path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if digest != source.sha256:
                text = f"'{source.path}' has changed: its hash is {digest}"
                yield Problem(shown, f"{key}.sha256", text)


def _covered(path: PurePosixPath, named: set[PurePosixPath]) -> bool:
    return bool(named & {path, *path.parents})
