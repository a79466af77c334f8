"""Reading profiles: loaded from ``ingest/*.yaml``, chosen for a document with a confidence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path, PurePosixPath

from domainkit import content
from domainkit.errors import PackError
from domainkit.packs.checking import validated
from domainkit.packs.files import read_yaml
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas.profile import Profile, Sign
from domainkit.registry import nearest
from domainkit.types import Document

FALLBACK = "plain"
# Below this a family is not believed and the fallback reads the document.
LEAST_CONFIDENCE = 0.5
# How much of a document is searched for signs: its first pages show what it is.
_SAMPLE = 30_000


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which profile reads a document, how sure that is in [0, 1], and what spoke for it."""

    profile: Profile
    confidence: float
    signs: tuple[str, ...] = ()

    @property
    def because(self) -> str:
        """How sure it is and what spoke for it, in a line."""
        return f"{self.confidence:.2f}: {'; '.join(self.signs)}"


class Profiles:
    """Every reading profile by name. ``fingerprint`` changes whenever one of them does."""

    def __init__(self, profiles: Mapping[str, Profile], fingerprint: str) -> None:
        if FALLBACK not in profiles:
            raise PackError(
                f"the reading profiles lack '{FALLBACK}', which reads what no other recognises",
                hint=f"add {FALLBACK}.yaml to the folder of profiles",
            )
        self._profiles = dict(profiles)
        self.fingerprint = fingerprint

    @classmethod
    def load(cls, folder: Path | None = None) -> Profiles:
        """Return the profiles of ``folder``; those that ship with domainkit by default.

        Raises:
            PackProblems: with every fault of every profile.
        """
        return _load(folder or content.root("ingest"))

    @property
    def names(self) -> list[str]:
        """The names of the profiles, sorted."""
        return sorted(self._profiles)

    def get(self, name: str) -> Profile:
        """Return the profile ``name``.

        Raises:
            PackError: when there is none; the hint lists the nearest names.
        """
        if name not in self._profiles:
            raise PackError(
                f"there is no reading profile called '{name}'", hint=nearest(name, self.names)
            )
        return self._profiles[name]

    def recognise(self, document: Document, *, reader: str) -> Recognition:
        """Return the profile that fits ``document`` best.

        Args:
            document: what the reader made; the reader, or its front matter, may name the profile.
            reader: the name of the reader that made it.

        Raises:
            PackError: when the front matter names a profile that does not exist.
        """
        if named := named_profile(document):
            return Recognition(self.get(named), 1.0, ("named in the document",))
        name = PurePosixPath(document.source.partition("#")[0]).name.lower()
        sample = document.text[:_SAMPLE]
        best = Recognition(self._profiles[FALLBACK], 0.0, ("no other profile fits",))
        for profile in self._profiles.values():
            found = [sign for sign in profile.recognise if _shows(sign, name, sample, reader)]
            doubt = 1.0
            for sign in found:
                doubt *= 1.0 - sign.weight
            if 1.0 - doubt >= max(LEAST_CONFIDENCE, best.confidence + 1e-9):
                best = Recognition(profile, 1.0 - doubt, tuple(map(_describe, found)))
        return best


def named_profile(document: Document) -> str:
    """Return the profile that the reader or the front matter names; empty when none does."""
    return document.profile if document.profile != FALLBACK else document.meta.get("profile", "")


def assigned(patterns: Mapping[str, str], path: str) -> str | None:
    """Return the profile that the most specific of ``patterns`` gives ``path``; None if none.

    A pattern is a folder, which covers everything below it, or a glob. It begins at the ingested
    folder (``laws`` covers ``documents/laws/a.md``), or with that folder's own name.
    """
    names = (path, path.partition("/")[2])
    covering = [
        pattern
        for pattern in patterns
        for form in (pattern, f"{pattern.rstrip('/')}/*")
        if any(fnmatch(name, form) for name in names)
    ]
    return patterns[max(covering, key=len)] if covering else None


def _shows(sign: Sign, name: str, sample: str, reader: str) -> bool:
    if sign.reader is not None:
        return sign.reader == reader
    if sign.name is not None:
        return fnmatch(name, sign.name.lower())
    if sign.text is None:
        return False
    matches = sign.text.finditer(sample)
    return sum(1 for _, _ in zip(range(sign.least), matches, strict=False)) == sign.least


def _describe(sign: Sign) -> str:
    if sign.reader is not None:
        return f"it is {sign.reader} (+{sign.weight})"
    if sign.name is not None:
        return f"its name is like {sign.name} (+{sign.weight})"
    times = f", at least {sign.least} times" if sign.least > 1 else ""
    pattern = sign.text.pattern if sign.text else ""
    return f"it {sign.says or f'matches {pattern}'}{times} (+{sign.weight})"


def _named(file: str, _key: Sequence[object]) -> str:
    return file


@cache
def _load(folder: Path) -> Profiles:
    profiles: dict[str, Profile] = {}
    faults: list[Problem] = []
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.read_bytes())
        shown = f"{folder.name}/{path.name}"
        try:
            profile = validated(Profile, read_yaml(path, shown), partial(_named, shown))
        except PackProblems as error:
            faults += error.problems
            continue
        if profile.name != path.stem:
            faults.append(Problem(shown, "name", f"'{profile.name}' is not the file's name"))
        profiles[profile.name] = profile
    if faults:
        raise PackProblems(faults, hint=f"correct the reading profiles in {folder}")
    return Profiles(profiles, digest.hexdigest())
