"""What changed between two packs, in the terms of who reviews one: prompts, guards, texts."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domainkit.packs import adapterfiles, corpora, render
from domainkit.packs.chain import follow
from domainkit.packs.files import read_rows
from domainkit.packs.loader import layers, resolve
from domainkit.packs.pack import Pack
from domainkit.packs.problems import Problem
from domainkit.packs.rowfiles import PLAIN
from domainkit.packs.schemas.adapter import MANIFEST, Manifest
from domainkit.packs.schemas.gates import Gates

Kind = Literal["added", "removed", "changed"]
# In the order of a report: what a reader of the answers notices comes first.
AREAS = (
    "about", "prompts", "guards", "glossary", "knowledge", "authorities", "works", "settings",
    "gates", "evaluation", "training", "recipes", "adapters",
)  # fmt: skip
_ABOUT = ("name", "version", "title", "extends", "languages", "jurisdictions", "scope")
_SETTINGS = ("retrieval", "models", "profiles", "sufficiency", "ranker")
_AROUND = 1  # lines shown around a changed one


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: its area, its dotted name, and what stood there and stands now.

    ``lines`` are those of a text that were taken out ("-") and put in ("+").
    """

    area: str
    name: str
    kind: Kind
    before: Any = None
    after: Any = None
    lines: tuple[str, ...] = ()


def compare(before: Pack, after: Pack) -> list[Change]:
    """Return what changed from ``before`` to ``after``, both with all that they inherit."""
    old, new = _parts(before), _parts(after)
    return [change for area in AREAS for change in _area(area, old[area](), new[area]())]


def named(pack: Pack) -> set[tuple[str, str]]:
    """Return the area and name of everything that ``pack`` says."""
    return {(area, name) for area, read in _parts(pack).items() for name in read()}


def _area(area: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        kind: Kind = "added" if name not in before else "removed"
        if name in before and name in after:
            kind = "changed"
        if isinstance(old, _Text) or isinstance(new, _Text):
            yield _of_texts(area, name, kind, old or _Text(), new or _Text())
        else:
            yield Change(area, name, kind, old, new)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, and what is said of it."""

    lines: tuple[str, ...] = ()
    said: tuple[tuple[str, Any], ...] = ()
    sha256: str = ""


def _of_texts(area: str, name: str, kind: Kind, old: _Text, new: _Text) -> Change:
    lines = difflib.unified_diff(old.lines, new.lines, lineterm="", n=_AROUND)
    shown = tuple(line for line in lines if not line.startswith(("---", "+++")))
    about = [dict(text.said) | ({"sha256": text.sha256} if text.sha256 else {}) or None
             for text in (old, new)]  # fmt: skip
    return Change(area, name, kind, about[0], about[1], shown)


def _parts(pack: Pack) -> dict[str, Callable[[], Mapping[str, Any]]]:
    """Return what makes each area of ``pack``, by name."""
    whole = render.resolved(pack)
    for fitted in ("sufficiency", "ranker"):
        whole[fitted].pop("made", None)
    return {
        "about": lambda: _flat({key: whole[key] for key in _ABOUT}),
        "prompts": lambda: {n: _Text(_lines(text)) for n, text in pack.prompts.items()},
        "guards": lambda: _flat(whole["guards"]),
        "glossary": lambda: whole["glossary"],
        "knowledge": lambda: dict(_knowledge(pack)),
        "authorities": lambda: _flat(whole["authorities"]),
        "works": lambda: _flat(whole["works"]),
        "settings": lambda: _flat({key: whole[key] for key in _SETTINGS}),
        "gates": lambda: _gates(pack),
        "evaluation": lambda: _rows(pack, "eval"),
        "training": lambda: _rows(pack, "train"),
        "recipes": lambda: {
            path.name: _Text(_lines(path.read_text(encoding="utf-8")))
            for path in _files(pack, "recipes", "*.yaml")
        },
        "adapters": lambda: _flat(dict(_adapters(pack))),
    }


def _adapters(pack: Pack) -> Iterator[tuple[str, Any]]:
    """Yield of each adapter along the chain what tells it from another, and the gate's verdict."""
    for folder in reversed(pack.folders):  # the nearest of each name comes last, and counts
        for path in sorted((folder / adapterfiles.FOLDER).glob(f"*/{MANIFEST}")):
            record = adapterfiles.read(Manifest, path)
            if isinstance(record, str):
                continue  # ``pack check`` names it
            yield (
                record.name,
                {
                    "base": record.base.name,
                    "weights": record.weights,
                    "gate": adapterfiles.judged(record, path.parent),
                    "rows": record.rows.sha256,
                    "licences": sorted(record.rows.licences),
                    "steps": len(record.losses),
                },
            )


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif value not in (None, "", [], ()):
            found[f"{prefix}{name}"] = value
    return found


def _knowledge(pack: Pack) -> Iterator[tuple[str, _Text]]:
    """Yield each text the pack brings: its key, with the path below it where that is a folder."""
    licences = {source.path: source.licence for source in corpora.sources(pack).sources}
    for key, entry in pack.manifest.knowledge.items():
        path = pack.find(entry.path)
        files = [path] if path and path.is_file() else sorted(path.rglob("*")) if path else []
        for file in files:
            if file.is_file():
                name = key if file == path else f"{key}/{file.relative_to(path or file)}"
                licence = licences.get(entry.path.removeprefix("knowledge/"))
                said = {"path": entry.path, "profile": entry.profile, "licence": licence}
                data = file.read_bytes()
                text = data.decode("utf-8", "replace") if file.suffix.lower() in PLAIN else ""
                yield (
                    name,
                    _Text(
                        _lines(text),
                        tuple((k, value) for k, value in said.items() if value),
                        hashlib.sha256(data).hexdigest(),
                    ),
                )


def _gates(pack: Pack) -> dict[str, Any]:
    gates = resolve(Gates, layers(follow(pack.folder), "eval/gates.yaml"))[0]
    said = gates.model_dump(mode="json", exclude_none=True)
    return {name: " ".join(f"{k} {v}" for k, v in gate.items()) for name, gate in said.items()}


def _rows(pack: Pack, folder: str) -> dict[str, Any]:
    """Return each row of ``folder/*.jsonl`` along the chain by its id, as it is written."""
    found: dict[str, Any] = {}
    for path in [p for place in pack.folders for p in sorted((place / folder).glob("*.jsonl"))]:
        for line, row in read_rows(path, path.name):
            if isinstance(row, Problem) or not isinstance(row, dict):
                continue  # ``pack check`` names it
            found.setdefault(str(row.get("id", f"{path.name}:{line}")), row)
    return found


def _files(pack: Pack, folder: str, pattern: str) -> list[Path]:
    """Return the files along the chain, the nearest of each name: it hides the others."""
    named: dict[str, Path] = {}
    for place in pack.folders:
        for path in sorted((place / folder).glob(pattern)):
            named.setdefault(path.name, path)
    return list(named.values())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines())


def project(changes: list[Change]) -> list[dict[str, Any]]:
    """Return ``changes`` as a program reads them."""
    return [
        {
            "area": change.area,
            "name": change.name,
            "kind": change.kind,
            "before": json.loads(json.dumps(change.before, default=str)),
            "after": json.loads(json.dumps(change.after, default=str)),
            "lines": list(change.lines),
        }
        for change in changes
    ]
