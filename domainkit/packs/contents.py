"""Which files make a pack: fixed names, data only, paths that every system can hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from domainkit.packs.problems import PackProblems, Problem

MANIFEST = "domain.yaml"
FILES = frozenset(
    {
        MANIFEST,
        "guards.yaml",
        "authorities.yaml",
        "works.yaml",
        "glossary.yaml",
        "sufficiency.yaml",
        "ranker.yaml",
    }
)
# Read where they are there, and missed by nobody where they are not.
CASES = "guards.jsonl"
PAPERS = frozenset({"README.md", "CHANGELOG.md", "LICENSE", "NOTICE", CASES})
FOLDERS = frozenset({"prompts", "knowledge", "recipes", "train", "eval", "adapters"})
# An assistant's own: not the pack's to check.
OWNERS = frozenset({"documents", "proposed", "tests", ".domainkit", ".git", ".github"})
RECEIPTS = ("MANIFEST.json", "SIGNATURE.json")  # what an archive says of itself
# Programs, and what a program could be unpacked from.
CODE = frozenset(
    {".py", ".pyc", ".pyd", ".so", ".sh", ".ipynb", ".pkl", ".pickle", ".exe", ".dll"}
    | {".bat", ".bin", ".ckpt", ".cmd", ".dill", ".joblib", ".js", ".msi", ".ps1", ".pt", ".pth"}
)
LONGEST = 240  # bytes of a path: what is left of Windows' 260 below a short folder

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_FORBIDDEN = frozenset('\\:*?"<>|')
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a pack, by their path within it, and what stands beside them."""

    files: dict[str, Path]
    left_out: tuple[str, ...]


def members(folder: Path) -> Contents:
    """Return the files of the pack in ``folder``, sorted, and the names that are none of its.

    Raises:
        PackProblems: for links, code, and paths that not every system can hold.
    """
    files: dict[str, Path] = {}
    left_out: list[str] = []
    faults: list[Problem] = []
    for path in _walk(folder):
        relative = path.relative_to(folder).as_posix()
        if path.is_symlink():
            faults.append(Problem(f"{folder.name}/{relative}", "", "is a link"))
        elif relative in RECEIPTS:
            continue
        elif not belongs(relative):
            left_out.append(f"{relative}/" if path.is_dir() else relative)
        elif fault := unsafe(relative):
            faults.append(Problem(f"{folder.name}/{relative}", "", fault))
        else:
            files[relative] = path
    faults += [Problem(f"{folder.name}/{name}", "", text) for name, text in alike(sorted(files))]
    if faults:
        raise PackProblems(faults, hint="move it out of the pack, or write a file in its place")
    return Contents(dict(sorted(files.items())), tuple(sorted(left_out)))


def belongs(path: str) -> bool:
    """Return whether a pack has a place for a file at ``path``."""
    parts = PurePosixPath(path).parts
    if any(part.startswith(".") for part in parts):
        return False
    return parts[0] in FOLDERS if len(parts) > 1 else path in FILES | PAPERS


def unsafe(path: str) -> str:
    """Return why no pack holds a file at ``path``; nothing when one may."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "." in parts or "" in parts:
        return "its path leaves the pack, or is not plain"
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"its path is longer than {LONGEST} bytes"
    if not path.isprintable() or unicodedata.normalize("NFC", path) != path:
        return "its path holds characters that not every system writes alike"
    for part in parts:
        stem = part.partition(".")[0].casefold()
        if set(part) & _FORBIDDEN or part[-1] in ". " or stem in _RESERVED:
            return "its path cannot stand on every system"
    if PurePosixPath(path).suffix.lower() in CODE:
        return "is code: a pack holds data only"
    return "" if belongs(path) else "is no file of a pack"


def alike(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (path, fault) of paths that a system without case takes for another's."""
    first: dict[str, str] = {}
    for path in paths:
        other = first.setdefault(path.casefold(), path)
        if other != path:
            yield path, f"is the same as '{other}' but for its case"


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files, links and foreign folders of a pack; what is foreign is not entered."""
    for path in sorted(folder.iterdir()):
        relative = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_dir() or relative not in FOLDERS:
            yield path
            continue
        for inner in sorted(path.rglob("*")):
            if inner.is_symlink() or not inner.is_dir():
                yield inner
