"""Plans and writes a new assistant's folder from a template."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from domainkit import content, registry
from domainkit import settings as settings_module
from domainkit.errors import PackError, SettingsError
from domainkit.packs import catalog, filling, loader
from domainkit.packs.chain import LONGEST
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.settings import Settings

TEMPLATE = "assistant"
AUTO = "auto"  # the engine that is chosen for the model
_ASIDE = ".tmpl"  # ends the names of a template's files that are code, which content never holds
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,31}")  # "GB", "US-CA", "osterhaven"


@dataclass(frozen=True, slots=True)
class Choices:
    """What else an assistant is given besides its name, its pack and its first language.

    ``settings`` are those of ``domainkit.toml`` by their dotted names. Without ``knowledge`` the
    pack's own texts are left out. ``profiles`` are offered in comments: file pattern -> profile.
    ``notes`` stand behind the lines of ``domain.yaml`` they are named for. ``extra`` are further
    files, by path.
    """

    title: str = ""
    audience: str = ""
    only: bool = False
    jurisdictions: Sequence[str] = ()
    knowledge: bool = True
    settings: Mapping[str, str | int] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)


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
    choices: Choices | None = None,
) -> Plan:
    """Return the plan of a new assistant; nothing is written yet.

    Args:
        name: the assistant's name; ``DOMAIN-assistant`` by default.
        domain: the pack it extends, by name or as a path.
        language: its first language; the pack's others follow.
        folder: where it goes; ``base/NAME`` by default.
        base: the folder relative paths count from.
        choices: whatever else was decided.

    Raises:
        PackError: for a name that is none, an unknown pack, a pack without the language, or a
            folder that holds something.
        SettingsError: for a setting that cannot be.
    """
    choices = choices or Choices()
    pack = loader.load(domain)
    name = checked_name(name or f"{pack.name}-assistant", domain=domain, pack=pack)
    _check(pack, language, choices)
    target = base / (folder or name)
    _refuse_occupied(target)
    words = {
        "name": name,
        "title": _title(name),
        "extends": filling.quoted(catalog.reference(domain, pack.folder)),
        "languages": filling.listed([language] if choices.only else _ordered(language, pack)),
        **_words(choices),
    }
    words |= {k: f"{words[k]}  # {note}" for k, note in choices.notes.items() if k in words}
    files = {path: text.read_text(encoding="utf-8") for path, text in _template().items()}
    files[catalog.MANIFEST] = filling.manifest(files[catalog.MANIFEST], words)
    if choices.profiles:
        note = choices.notes.get("profiles", "How files are read:")
        said = filling.profiles(files[catalog.MANIFEST], choices.profiles, note)
        files[catalog.MANIFEST] = said
    files[settings_module.FILE] = _settings(files[settings_module.FILE], choices.settings)
    return Plan(target, name, pack, {**files, **choices.extra})


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


def checked_name(name: str, *, domain: str, pack: Pack) -> str:
    """Return ``name``.

    Raises:
        PackError: when no assistant may be called so; the hint has a name that is like it.
    """
    if _NAME.fullmatch(name):
        return name
    raise PackError(
        f"'{name}' is no name for an assistant: lower-case letters, digits and hyphens, "
        "a letter first, at most 64",
        hint=f"domainkit new {_suggested(name, pack.name)} --domain {domain}",
    )


def _suggested(name: str, domain: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    slug = re.sub(r"^[^a-z]+", "", slug)[:64]
    return slug or f"{domain}-assistant"


def _template() -> dict[str, Path]:
    root = content.root("templates") / TEMPLATE
    return {
        path.relative_to(root).as_posix().removesuffix(_ASIDE): path
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _refuse_occupied(folder: Path) -> None:
    if any(folder.iterdir()) if folder.is_dir() else folder.is_symlink() or folder.exists():
        raise PackError(
            f"{folder} is there already and is not empty; nothing was written",
            hint="give another name, or an empty folder with --dir PATH",
        )


def _check(pack: Pack, language: Language, choices: Choices) -> None:
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
    if wrong := [place for place in choices.jurisdictions if not _PLACE.fullmatch(place)]:
        raise PackError(
            f"'{wrong[0]}' is no code of a country", hint="give ISO codes: --jurisdiction GB"
        )


def _words(choices: Choices) -> dict[str, str]:
    """Return the lines of ``domain.yaml`` that ``choices`` decide, as YAML."""
    words = {
        "title": choices.title and filling.quoted(choices.title),
        "jurisdictions": choices.jurisdictions and filling.listed(choices.jurisdictions),
        "knowledge": "" if choices.knowledge else "null",
        "scope.audience": choices.audience and filling.quoted(choices.audience),
    }
    return {key: str(value) for key, value in words.items() if value}


def _settings(text: str, values: Mapping[str, str | int]) -> str:
    """Return ``domainkit.toml`` with ``values``.

    Raises:
        SettingsError: for a value that cannot be, such as an engine nobody registered.
    """
    engine = str(values.get("generation.engine", AUTO))
    known = [AUTO, *registry.names("generators")]
    if engine not in known:
        raise SettingsError(
            f"there is no engine called '{engine}'", hint=registry.nearest(engine, known)
        )
    filled = filling.settings(text, values)
    try:
        Settings.model_validate(tomllib.loads(filled))
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"]))
        raise SettingsError(f"{key}: {fault['msg']}", hint="domainkit new --help") from error
    return filled


def _ordered(language: Language, pack: Pack) -> list[Language]:
    return [language, *(other for other in pack.manifest.languages if other != language)]


def _title(name: str) -> str:
    return name.replace("-", " ").strip().capitalize()
