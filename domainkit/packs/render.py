"""Writes a resolved pack out as YAML, each value with the pack that set it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from domainkit.packs import installed
from domainkit.packs.pack import Pack

DEFAULT = "default"  # the origin of what no pack of the chain set
_WIDTH = 96
_PHRASE = 25  # characters; a list of longer items is written one item a line


def resolved(pack: Pack) -> dict[str, Any]:
    """Return everything ``pack`` says, defaults included: plain values, keyed as in its files.

    ``domain.yaml`` stands at the top level; ``guards``, ``authorities``, ``works``, ``glossary``,
    ``sufficiency`` and ``ranker`` (without their reports) and ``prompts`` hold the other files.
    """
    return {
        **pack.manifest.model_dump(mode="json", by_alias=True),
        "guards": {
            name: options.model_dump(mode="json", by_alias=True)
            for name, options in pack.guards.items()
        },
        "authorities": {
            name: authority.model_dump(mode="json") for name, authority in pack.authorities.items()
        },
        "works": {
            name: work.model_dump(mode="json", exclude_none=True)
            for name, work in pack.works.items()
        },
        "glossary": {term: list(synonyms) for term, synonyms in pack.glossary.items()},
        "sufficiency": pack.sufficiency.model_dump(mode="json", exclude={"report"}),
        "ranker": pack.ranker.model_dump(mode="json", exclude={"report"}),
        "prompts": dict(pack.prompts),
    }


def as_yaml(pack: Pack) -> str:
    """Return ``resolved(pack)`` as YAML with a comment after each value naming its origin."""
    chain = " → ".join([pack.name, *map(installed.shown, pack.folders[1:])])
    head = [f"# {pack.name}, resolved along {chain}", f"# fingerprint {pack.fingerprint}"]
    return "\n".join([*head, *_lines(resolved(pack), (), pack.origins)]) + "\n"


def _lines(
    values: Mapping[str, Any], at: tuple[str, ...], origins: Mapping[str, str]
) -> Iterator[str]:
    indent = "  " * len(at)
    for name, value in values.items():
        key = (*at, name)
        written = f"{indent}{_flow(name)}:"
        if isinstance(value, Mapping) and value:
            yield written
            yield from _lines(value, key, origins)
            continue
        origin = f"  # {_origin(key, origins)}"
        first, *rest = _scalar(value, indent)
        yield f"{written} {first}{origin}" if first else f"{written}{origin}"
        yield from rest


def _origin(key: tuple[str, ...], origins: Mapping[str, str]) -> str:
    """Return the pack that set ``key`` or a list around it; a term's list is set by its file."""
    for length in range(len(key), 0, -1):
        if found := origins.get(".".join(key[:length])):
            return found
    inner = ".".join(key) + "."
    return next((pack for known, pack in origins.items() if known.startswith(inner)), DEFAULT)


def _scalar(value: Any, indent: str) -> list[str]:
    """Return the lines of a value: the first goes behind its key, the others below."""
    if isinstance(value, str) and _fits_a_block(value):
        style = "|-" if not value.endswith("\n") else "|+" if value.endswith("\n\n") else "|"
        body = value.removesuffix("\n").split("\n")
        return [style, *(f"{indent}  {line}" if line else "" for line in body)]
    short = _flow(value)
    if len(short) + len(indent) <= _WIDTH or not isinstance(value, list):
        return [short]
    sentences = all(isinstance(item, str) and len(item) > _PHRASE for item in value)
    block = yaml.safe_dump(
        value,
        allow_unicode=True,
        default_flow_style=False if sentences else None,
        width=_WIDTH - len(indent),
    )
    return ["", *(f"{indent}  {line}" for line in block.splitlines())]


def _fits_a_block(text: str) -> bool:
    plain = all(character.isprintable() or character in "\n\t" for character in text)
    return "\n" in text and plain and not text[0].isspace()


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**9)
    return text.removesuffix("\n").removesuffix("\n...")
