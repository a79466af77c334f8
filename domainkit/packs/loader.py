"""Reads a pack, resolves it along its chain of parents and checks it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from domainkit.errors import PackError
from domainkit.packs import catalog
from domainkit.packs.chain import Link, follow, manifest_layers
from domainkit.packs.checking import checked
from domainkit.packs.files import read_text
from domainkit.packs.merge import Layer, Merged, merge
from domainkit.packs.pack import Pack, find
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas import prompts
from domainkit.packs.schemas.authorities import Authorities
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.glossary import Glossary
from domainkit.packs.schemas.guards import Guards
from domainkit.packs.schemas.manifest import Manifest
from domainkit.packs.schemas.ranker import Ranker
from domainkit.packs.schemas.sufficiency import Sufficiency
from domainkit.packs.schemas.works import Works

M = TypeVar("M", bound=BaseModel)
_LOG = logging.getLogger(__name__)


def load(name_or_path: str | Path) -> Pack:
    """Return the pack of that name or in that folder, whole and checked.

    Raises:
        PackError: naming the file, the key and what is wrong with it.
    """
    links = follow(catalog.locate(name_or_path))
    manifest, keys = resolve(Manifest, manifest_layers(links))
    guards, guard_keys = resolve(Guards, layers(links, "guards.yaml"))
    authorities, authority_keys = resolve(Authorities, layers(links, "authorities.yaml"))
    works, work_keys = resolve(Works, layers(links, "works.yaml"))
    glossary, glossary_keys = resolve(Glossary, layers(links, "glossary.yaml"))
    sufficiency, sufficiency_keys = resolve(Sufficiency, layers(links, "sufficiency.yaml"))
    ranker, ranker_keys = resolve(Ranker, layers(links, "ranker.yaml"))
    texts = read_prompts(links, manifest.languages)
    folders = tuple(link.folder for link in links)
    return Pack(
        name=manifest.name,
        folders=folders,
        manifest=manifest,
        prompts={key: text for key, (_, text) in texts.items()},
        guards={name: getattr(guards, name) for name in guard_keys.values},
        glossary={term: entry.synonyms for term, entry in glossary.root.items()},
        authorities=authorities.root,
        works=works.root,
        sufficiency=sufficiency,
        ranker=ranker,
        origins={
            **_dotted("", keys),
            **_dotted("guards.", guard_keys),
            **_dotted("authorities.", authority_keys),
            **_dotted("works.", work_keys),
            **_dotted("glossary.", glossary_keys),
            **_dotted("sufficiency.", sufficiency_keys),
            **_dotted("ranker.", ranker_keys),
            **{f"prompts.{key}": link.name for key, (link, _) in texts.items()},
        },
        fingerprint=_fingerprint(
            [manifest, guards, authorities, works, glossary, sufficiency, ranker],
            {key: text for key, (_, text) in texts.items()},
            {entry.path: find(folders, entry.path) for entry in manifest.knowledge.values()},
        ),
    )


def usable() -> Iterator[Pack]:
    """Yield every pack of the catalogue by its name; one that cannot be used is logged, not fatal.

    A broken plugin must not keep others from being listed.
    """
    for name in catalog.names():
        try:
            yield load(name)
        except PackError as error:
            _LOG.warning("the pack '%s' is left out: %s", name, error)


def layers(links: Sequence[Link], relative: str) -> list[Layer]:
    """Return the file ``relative`` of each pack of the chain, nearest first."""
    return [link.layer(relative) for link in links]


def resolve(schema: type[M], found: Sequence[Layer]) -> tuple[M, Merged]:
    """Return ``found`` merged and checked, and where each value came from.

    Raises:
        PackProblems: with every fault.
    """
    merged = merge(found)
    return checked(schema, merged, found), merged


def read_prompts(
    links: Sequence[Link], languages: Iterable[Language]
) -> dict[str, tuple[Link, str]]:
    """Return the prompts of ``languages`` as ``name.language`` -> (the pack that has it, text).

    Raises:
        PackProblems: for a prompt that cannot be read or filled; an absent one is left out.
    """
    found: dict[str, tuple[Link, str]] = {}
    faults: list[Problem] = []
    for name in prompts.FIELDS:
        for language in languages:
            relative = f"prompts/{name}.{language}.md"
            link = next((link for link in links if (link.folder / relative).is_file()), None)
            if link is None:
                continue
            shown = link.shown(relative)
            text = read_text(link.folder / relative, shown)
            faults += [Problem(shown, "", fault) for fault in prompts.problems(name, text)]
            found[f"{name}.{language}"] = (link, text)
    if faults:
        raise PackProblems(faults, hint="correct that prompt")
    return found


def _dotted(prefix: str, merged: Merged) -> dict[str, str]:
    return {prefix + ".".join(key): layer.pack for key, layer in merged.origins.items()}


def _fingerprint(
    parts: Sequence[BaseModel], texts: Mapping[str, str], knowledge: Mapping[str, Path | None]
) -> str:
    """Return the SHA-256 of what a pack says and of the texts it brings, wherever it stands."""
    whole = [
        [part.model_dump(mode="json", by_alias=True) for part in parts],
        texts,
        {name: _digests(path) for name, path in knowledge.items() if path},
    ]
    canonical = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _digests(path: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that ``path`` is or holds, by its path within it."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }
