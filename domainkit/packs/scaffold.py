"""Plans and writes a new assistant's folder from a template."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domainkit import content
from domainkit.errors import PackError
from domainkit.packs import catalog, loader
from domainkit.packs.chain import LONGEST
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language

TEMPLATE = "assistant"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_PLAIN = re.compile(r"[a-z][a-z0-9-]*")  # text that YAML reads as text without quotes


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be written: the folder, and each file by its path within it."""

    folder: Path
    name: str
    pack: Pack
    files: Mapping[str, str]


def plan(
    name: str | None,
    *,
    domain: str,
    language: Language = "en",
    folder: Path | None = None,
    base: Path,
) -> Plan:
    """Return the plan of a new assistant; nothing is written yet.

    Args:
        name: the assistant's name; ``DOMAIN-assistant`` by default.
        domain: the pack it extends, by name or as a path.
        language: its first language; the pack's others follow.
        folder: where it goes; ``base/NAME`` by default.
        base: the folder relative paths count from.

    Raises:
        PackError: for a name that is none, an unknown pack, a pack without the language, or a
            folder that holds something.
    """
    pack = loader.load(domain)
    name = name or f"{pack.name}-assistant"
    if not _NAME.fullmatch(name):
        raise PackError(
            f"'{name}' is no name for an assistant: lower-case letters, digits and hyphens, "
            "a letter first, at most 64",
            hint=f"domainkit new {_suggested(name, pack.name)} --domain {domain}",
        )
    if language not in pack.manifest.languages:
        known = ", ".join(pack.manifest.languages)
        raise PackError(
            f"the pack '{pack.name}' has no language '{language}'", hint=f"it has {known}"
        )
    if len(pack.folders) == LONGEST:
        raise PackError(
            f"the pack '{pack.name}' has {LONGEST - 1} parents already and takes no child",
            hint=f"extend its parent: --domain {pack.folders[1].name}",
        )
    target = base / (folder or name)
    _refuse_occupied(target)
    words = {
        "name": name,
        "title": _title(name),
        "extends": _quoted(domain if domain in catalog.names() else str(pack.folder)),
        "languages": f"[{', '.join(_ordered(language, pack))}]",
    }
    files = {path: text.read_text(encoding="utf-8") for path, text in _template().items()}
    files[catalog.MANIFEST] = _filled(files[catalog.MANIFEST], words)
    return Plan(target, name, pack, files)


def write(planned: Plan) -> None:
    """Write the files of ``planned``; none that stands there is overwritten.

    Raises:
        PackError: when the folder holds something by now, or cannot be written.
    """
    _refuse_occupied(planned.folder)
    try:
        for relative, text in planned.files.items():
            path = planned.folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise PackError(
            f"{error.filename or planned.folder}: {error.strerror}",
            hint="give a folder you may write to: domainkit new --dir PATH",
        ) from error


def _template() -> dict[str, Path]:
    root = content.root("templates") / TEMPLATE
    return {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _refuse_occupied(folder: Path) -> None:
    if any(folder.iterdir()) if folder.is_dir() else folder.is_symlink() or folder.exists():
        raise PackError(
            f"{folder} is there already and is not empty; nothing was written",
            hint="give another name, or an empty folder with --dir PATH",
        )


def _filled(manifest: str, words: Mapping[str, str]) -> str:
    """Return the template's ``domain.yaml`` with its own values of ``words`` replaced."""
    lines = manifest.splitlines()
    for number, line in enumerate(lines):
        key = line.partition(":")[0]
        if key in words:
            lines[number] = f"{key}: {words[key]}"
    return "\n".join(lines) + "\n"


def _ordered(language: Language, pack: Pack) -> list[Language]:
    return [language, *(other for other in pack.manifest.languages if other != language)]


def _title(name: str) -> str:
    return name.replace("-", " ").strip().capitalize()


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _suggested(name: str, domain: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    slug = re.sub(r"^[^a-z]+", "", slug)[:64]
    return slug or f"{domain}-assistant"
