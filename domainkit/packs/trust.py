"""Whose signatures this user trusts: a file of public keys, one a line, each with a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import platformdirs

from domainkit.errors import PackError
from domainkit.packs import signing

FILE = "trusted-keys"


def default_file() -> Path:
    """Return where the trusted keys of this user stand."""
    return platformdirs.user_config_path("domainkit") / FILE


def trusted(path: Path | None = None) -> Mapping[str, str]:
    """Return public key -> whose it is, as the file says; nothing where there is none.

    Raises:
        PackError: naming the line that holds no key.
    """
    path = path or default_file()
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        word, _, name = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        if not signing.is_key(word):
            raise PackError(
                f"{path}:{number}: '{word}' is no public key", hint="correct that line"
            )
        found[word] = name.strip()
    return found


def add(key: str, name: str, path: Path | None = None) -> Path:
    """Add ``key`` to the trusted ones as that of ``name``; return the file.

    Raises:
        PackError: when the file cannot be written.
    """
    path = path or default_file()
    if key in trusted(path):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{key} {' '.join(name.split())}".rstrip() + "\n")
    except OSError as error:
        raise PackError(
            f"{path}: {error.strerror}", hint="give yourself the right to it"
        ) from error
    return path


def owner(key: str, given: Sequence[str] = ()) -> str | None:
    """Return whose trusted ``key`` is, "" where no name is known; None where it is not trusted.

    Args:
        key: a public key.
        given: keys that are trusted this once.
    """
    known = trusted()
    return known.get(key, "") if key in known or key in given else None
