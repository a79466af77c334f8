"""Checks a whole pack and lists everything that is wrong with it, not only the first thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from domainkit import content
from domainkit.packs import (
    adapterfiles,
    catalog,
    corpus,
    guardcases,
    guardtexts,
    placeholders,
    rowfiles,
)
from domainkit.packs.chain import Link, follow, manifest_layers
from domainkit.packs.checking import nearest
from domainkit.packs.contents import CODE, FILES, FOLDERS, OWNERS
from domainkit.packs.loader import layers, read_prompts, resolve
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.references import references
from domainkit.packs.schemas import prompts
from domainkit.packs.schemas.authorities import Authorities
from domainkit.packs.schemas.base import LANGUAGES, Language
from domainkit.packs.schemas.glossary import Glossary
from domainkit.packs.schemas.guards import Guards
from domainkit.packs.schemas.manifest import Manifest
from domainkit.packs.schemas.ranker import Ranker
from domainkit.packs.schemas.sufficiency import Sufficiency
from domainkit.packs.schemas.works import Works
from domainkit.packs.works import Works as WorkNames

M = TypeVar("M", bound=BaseModel)


def check(name_or_path: str | Path) -> list[Problem]:
    """Return every problem of a pack, by file and key; none when it is sound.

    Raises:
        PackError: when there is no pack there.
    """
    folder = catalog.locate(name_or_path)
    try:
        links = follow(folder)
    except PackProblems as error:  # without its chain, only what stands in the pack itself
        alone = Link(folder, {})
        return _once([*error.problems, *_foreign(alone), *rowfiles.check([alone])])
    own, found = links[0], list[Problem]()
    manifest = _manifest(links, found)
    languages = manifest.languages if manifest else LANGUAGES[:1]
    found += _foreign(own)
    if len(links) == 1 and not (own.folder / "README.md").is_file():
        found.append(Problem(own.shown("README.md"), "", "is missing: what the pack may be asked"))
    found += _prompts(links, languages)
    found += _file(Guards, links, "guards.yaml", partial(guardtexts.faults, languages=languages))
    found += _file(
        Authorities, links, "authorities.yaml", partial(_authorities, names=_named(links))
    )
    found += _file(Works, links, "works.yaml", Works.repeated)
    found += _file(Glossary, links, "glossary.yaml", Glossary.ambiguous)
    found += _file(Sufficiency, links, "sufficiency.yaml", lambda fitted: ())
    found += _file(Ranker, links, "ranker.yaml", lambda fitted: ())
    if manifest:
        found += _profiles(own, manifest)
        found += corpus.check(links, manifest)
    found += guardcases.check(links, languages)
    found += placeholders.check(own)
    found += adapterfiles.check(own)
    return _once([*found, *rowfiles.check(links)])


def _once(found: Sequence[Problem]) -> list[Problem]:
    return list(dict.fromkeys(found))


def _manifest(links: Sequence[Link], found: list[Problem]) -> Manifest | None:
    """Return the checked manifest; None, with the problems noted, when it is not sound."""
    try:
        return resolve(Manifest, manifest_layers(links))[0]
    except PackProblems as error:
        found += error.problems
        return None


def _file(
    schema: type[M],
    links: Sequence[Link],
    relative: str,
    faults: Callable[[M], Iterable[tuple[str, str]]],
) -> list[Problem]:
    """Return the problems of a file along the chain: its schema's, else (key, text) ``faults``."""
    try:
        whole, merged = resolve(schema, layers(links, relative))
    except PackProblems as error:
        return list(error.problems)
    own = links[0].shown(relative)
    found = []
    for key, text in faults(whole):
        origin = merged.origin(key.split("."))
        found.append(Problem(origin.file if origin else own, key, text))
    return found


def _foreign(own: Link) -> Iterator[Problem]:
    """Yield what no pack holds: code anywhere, and misspelt files, which would be ignored."""
    known = sorted(FILES | FOLDERS)
    package = own.folder / "__init__.py"  # empty, it makes a Python package of the pack
    aside = {package.name, "__pycache__"} if _is_empty(package) else set()
    for path in sorted(own.folder.iterdir()):
        if path.name in OWNERS | aside:
            continue
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            shown = own.shown(file.relative_to(own.folder).as_posix())
            if file.suffix.lower() in CODE:
                yield Problem(shown, "", "is code: a pack holds data only")
            if not file.resolve().is_relative_to(own.folder):
                yield Problem(shown, "", "is a link that leaves the pack")
        ignored = path.suffix in (".yaml", ".yml") and path.name not in FILES
        if ignored or (path.is_dir() and not path.name.startswith(".") and path.name not in known):
            yield Problem(own.shown(path.name), "", f"is not read{nearest(path.name, known)}")
    names = [f"{name}.{language}.md" for name in prompts.FIELDS for language in LANGUAGES]
    for path in sorted((own.folder / "prompts").glob("*")):
        if path.name not in names:
            shown = own.shown(f"prompts/{path.name}")
            yield Problem(shown, "", f"is not read{nearest(path.name, names)}")


def _is_empty(path: Path) -> bool:
    return path.is_file() and not path.read_bytes().strip()


def _prompts(links: Sequence[Link], languages: tuple[Language, ...]) -> list[Problem]:
    try:
        present = read_prompts(links, languages)
    except PackProblems as error:
        return list(error.problems)
    return [
        Problem(links[0].shown(f"prompts/{name}.{language}.md"), "", "is missing")
        for name in prompts.FIELDS
        for language in languages
        if f"{name}.{language}" not in present
    ]


def _named(links: Sequence[Link]) -> tuple[str, ...]:
    """Return the names in ``works.yaml``; none when it is not sound, which is said elsewhere."""
    try:
        return WorkNames(resolve(Works, layers(links, "works.yaml"))[0].root).names
    except PackProblems:
        return ()


def _authorities(
    authorities: Authorities, *, names: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    for name, authority in authorities.root.items():
        for number, example in enumerate(authority.examples):
            found = references(example, {name: authority}, names=names)
            if [reference.span.of(example) for reference in found] != [example]:
                yield f"{name}.examples.{number}", f"no form reads the whole of '{example}'"


def _profiles(own: Link, manifest: Manifest) -> Iterator[Problem]:
    known = sorted(path.stem for path in content.root("ingest").glob("*.yaml"))
    named = {f"knowledge.{k}.profile": v.profile for k, v in manifest.knowledge.items()}
    named |= {f"profiles.{pattern}": profile for pattern, profile in manifest.profiles.items()}
    for key, profile in named.items():
        if profile is not None and profile not in known:
            text = f"there is no reading profile '{profile}'{nearest(profile, known)}"
            yield Problem(own.shown(catalog.MANIFEST), key, text)
