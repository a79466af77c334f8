"""The questions an assistant is evaluated on: its own suites and those of the packs it extends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domainkit.errors import EvaluationError
from domainkit.packs import installed
from domainkit.packs.checking import nearest, validated
from domainkit.packs.files import read_rows
from domainkit.packs.pack import Pack
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas.questions import EvalQuestion

FOLDER = "eval"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a suite. The paths it must cite count from the first of ``folders``."""

    suite: str
    question: EvalQuestion
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Suites:
    """The questions to ask, the SHA-256 of each file they come from, and what was left out."""

    asked: tuple[Asked, ...]
    hashes: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def load(pack: Pack, paths: Sequence[Path] = ()) -> Suites:
    """Return the questions of ``paths``, or else those of ``eval/*.jsonl`` along the pack's chain.

    A question of a parent about knowledge that the assistant leaves out is not asked.

    Raises:
        PackProblems: with every line that does not fit, and every id that stands twice.
        EvaluationError: when there is no file, or no question in them.
    """
    faults: list[Problem] = []
    asked: list[Asked] = []
    hashes: dict[str, str] = {}
    for name, path, folders in _files(pack, paths):
        if not path.is_file():
            raise EvaluationError(
                f"{path}: there is no such file", hint="name a file of judged questions"
            )
        hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        asked += [Asked(name, question, folders) for question in _read(path, name, faults)]
    faults += _repeated(asked)
    if faults:
        raise PackProblems(faults, hint="correct those lines")
    kept = [one for one in asked if paths or _has(pack, one)]
    if not kept:
        raise EvaluationError(
            f"{pack.folder}: there are no judged questions",
            hint=f"write some, as {FOLDER}/README.md of the assistant says",
        )
    left = len(asked) - len(kept)
    notice = f"{left} questions are about knowledge that this assistant leaves out: not asked"
    return Suites(tuple(kept), hashes, (notice,) if left else ())


def only(suites: Suites, wanted: Sequence[str]) -> Suites:
    """Return the questions that have one of ``wanted`` as their id, a tag, language or suite.

    Raises:
        EvaluationError: when one of them is none of these.
    """
    named = [(one, _names(one)) for one in suites.asked]
    known = {name for _, names in named for name in names}
    for name in wanted:
        if name not in known:
            raise EvaluationError(
                f"no question has the id or tag '{name}'{nearest(name, sorted(known))}",
                hint="domainkit eval --dry-run lists them",
            )
    kept = tuple(one for one, names in named if names & set(wanted))
    return Suites(kept, suites.hashes, suites.notices)


def _names(one: Asked) -> set[str]:
    return {one.question.id, *one.question.tags, one.question.language, one.suite}


def _files(pack: Pack, paths: Sequence[Path]) -> Iterator[tuple[str, Path, tuple[Path, ...]]]:
    """Yield the name of each file, the file, and the folders that paths in it count from."""
    for path in paths:
        own = path.resolve().parent.parent
        yield path.stem, path, (own, *pack.folders)
    if paths:
        return
    for number, folder in enumerate(pack.folders):
        for path in sorted((folder / FOLDER).glob("*.jsonl")):
            yield f"{installed.shown(folder)}/{path.stem}", path, pack.folders[number:]


def _read(path: Path, name: str, faults: list[Problem]) -> Iterator[EvalQuestion]:
    shown = f"{name}.jsonl"
    for line, value in read_rows(path, shown):
        if isinstance(value, Problem):
            faults.append(value)
            continue
        try:
            yield validated(EvalQuestion, value, lambda _: shown)
        except PackProblems as error:
            faults += [
                Problem(p.file, f"{line}.{p.key}" if p.key else line, p.text)
                for p in error.problems
            ]


def _repeated(asked: Sequence[Asked]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for one in asked:
        name = one.question.id
        if name in first:
            text = f"is the id of a question of {first[name]} already"
            yield Problem(f"{one.suite}.jsonl", name, text)
        first.setdefault(name, one.suite)


def _has(pack: Pack, one: Asked) -> bool:
    """Return whether the assistant has the knowledge a question of a parent pack is about."""
    if one.folders[0] == pack.folder or not one.question.must_cite:
        return True
    known = tuple(item.path for item in pack.manifest.knowledge.values())
    paths = [source.path.partition("#")[0] for source in one.question.must_cite]
    return any(path == name or path.startswith(f"{name}/") for path in paths for name in known)
