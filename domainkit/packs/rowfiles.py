"""Checks the files of a pack that hold rows: training, evaluation, recipes and gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from domainkit.errors import PackError
from domainkit.packs import leakage, licences
from domainkit.packs.chain import Link
from domainkit.packs.checking import nearest, validated
from domainkit.packs.files import read_rows, read_text, read_yaml
from domainkit.packs.loader import load, resolve
from domainkit.packs.merge import Layer
from domainkit.packs.pack import find
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas.gates import METRICS, SLICES, Gates, parted
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.packs.schemas.recipe import GROUNDED, Data, Recipe
from domainkit.packs.schemas.rows import FileSource, TrainRow

M = TypeVar("M", bound=BaseModel)

PLAIN = frozenset(
    {".md", ".txt"}
)  # files whose words are their text, so that a quote can be sought


def check(links: Sequence[Link]) -> list[Problem]:
    """Return the problems of the rows, recipes and gates of the nearest pack."""
    own, faults = links[0], list[Problem]()
    folders = [link.folder for link in links]
    train = _rows(own, "train", TrainRow, faults)
    questions = _rows(own, "eval", EvalQuestion, faults)
    for shown, key, row in train:
        faults += _sources(shown, f"{key}.sources", _named(row), folders)
    for shown, key, question in questions:
        faults += _sources(shown, f"{key}.must_cite", question.must_cite, folders)
    faults += _repeated([(s, k, row.id) for s, k, row in train])
    faults += _repeated([(s, k, row.id) for s, k, row in questions])
    faults += leakage.leaks(train, questions)
    faults += [
        Problem(shown, f"{key}.licence", fault)
        for shown, key, row in train
        if (fault := licences.fault(row.licence))
    ]
    faults += _recipes(own, folders)
    faults += _gates(links, questions)
    faults += _qrels(own)
    return faults


def _rows(
    own: Link, folder: str, schema: type[M], faults: list[Problem]
) -> list[tuple[str, str, M]]:
    """Return (file, line, row) of every sound line of ``folder/*.jsonl``."""
    paths = sorted((own.folder / folder).glob("*.jsonl"))
    others = published(own.folder)
    names = [f"{folder}/{path.name}" for path in paths]
    return [row for n in names if n not in others for row in rows_of(own, n, schema, faults)]


def published(folder: Path) -> frozenset[str]:
    """Return the files of ``folder`` that its own recipes read in a published layout."""
    found: set[str] = set()
    for path in (folder / "recipes").glob("*.yaml"):
        try:
            recipe = read_yaml(path, path.name)
        except PackProblems:
            continue  # ``check`` names it
        data = recipe.get("data")
        named = [*(data if isinstance(data, list) else ()), recipe.get("replay")]
        found |= {
            str(one.get("path"))
            for one in named
            if isinstance(one, Mapping) and one.get("format", GROUNDED) != GROUNDED
        }
    return frozenset(found)


def rows_of(
    own: Link, relative: str, schema: type[M], faults: list[Problem]
) -> list[tuple[str, str, M]]:
    """Return (file, line, row) of every sound line of one file; none where it is not there."""
    path, shown = own.folder / relative, own.shown(relative)
    sound: list[tuple[str, str, M]] = []
    if not path.is_file():
        return sound
    try:
        rows = list(read_rows(path, shown))
    except PackProblems as error:
        faults += error.problems
        return sound
    for line, value in rows:
        if isinstance(value, Problem):
            faults.append(value)
        elif row := _row(schema, value, shown, line, faults):
            sound.append((shown, line, row))
    return sound


def _row(schema: type[M], value: object, shown: str, line: str, faults: list[Problem]) -> M | None:
    try:
        return validated(schema, value, lambda _: shown)
    except PackProblems as error:
        faults += [
            Problem(p.file, f"{line}.{p.key}" if p.key else line, p.text) for p in error.problems
        ]
        return None


def _named(row: TrainRow) -> tuple[FileSource, ...]:
    return tuple(source for source in row.sources if isinstance(source, FileSource))


def _sources(
    shown: str, key: str, sources: Sequence[FileSource], folders: Sequence[Path]
) -> Iterator[Problem]:
    for number, source in enumerate(sources):
        name = source.path.partition("#")[0]
        path = find(folders, name)
        if path is None or not path.is_file():
            yield Problem(shown, f"{key}.{number}.path", f"there is no '{name}'")
        elif source.quote and not _holds(path, source.quote):
            text = f"'{name}' does not hold these words: '{source.quote[:60]}'"
            yield Problem(shown, f"{key}.{number}.quote", text)


def _holds(path: Path, quote: str) -> bool:
    if path.suffix.lower() not in PLAIN:
        return True
    return _same(quote) in _same(path.read_text(encoding="utf-8", errors="replace"))


def _same(text: str) -> str:
    return " ".join(text.casefold().split())


def _repeated(ids: Sequence[tuple[str, str, str]]) -> Iterator[Problem]:
    first: dict[tuple[str, str], str] = {}
    for shown, line, name in ids:
        place = first.setdefault((shown, name), line)
        if place != line:
            yield Problem(shown, f"{line}.id", f"'{name}' is the id of line {place} already")


def _recipes(own: Link, folders: Sequence[Path]) -> Iterator[Problem]:
    for path in sorted((own.folder / "recipes").glob("*.yaml")):
        shown = own.shown(f"recipes/{path.name}")
        try:
            layer = Layer(own.name, shown, read_yaml(path, shown))
            recipe = resolve(Recipe, [layer])[0]
        except PackProblems as error:
            yield from error.problems
            continue
        named = [(f"data.{number}", data) for number, data in enumerate(recipe.data)]
        for key, data in [*named, *([("replay", recipe.replay)] if recipe.replay else ())]:
            if not data.source and not _is_there(data, folders):
                of = f" in the pack '{data.pack}'" if data.pack else ""
                yield Problem(shown, f"{key}.path", f"there is no '{data.path}'{of}")


def _is_there(data: Data, folders: Sequence[Path]) -> bool:
    try:
        where = load(data.pack).folders if data.pack else folders
    except PackError:
        return False
    return find(where, data.path) is not None


def _gates(
    links: Sequence[Link], questions: Sequence[tuple[str, str, EvalQuestion]]
) -> Iterator[Problem]:
    own = links[0]
    path, shown = own.folder / "eval" / "gates.yaml", own.shown("eval/gates.yaml")
    if not path.is_file():
        return
    try:
        gates = resolve(Gates, [Layer(own.name, shown, read_yaml(path, shown))])[0]
    except PackProblems as error:
        yield from error.problems
        return
    for name in gates.root:
        metric, part = parted(name)
        if metric not in METRICS:
            yield Problem(shown, name, f"unknown metric{nearest(metric, sorted(METRICS))}")
        if part and part.partition(":")[0] not in SLICES:
            text = f"unknown slice{nearest(part.partition(':')[0], SLICES)}"
            yield Problem(shown, name, text)
    asked = [row for _, _, row in questions]
    for link in links[1:]:
        asked += [row for _, _, row in _rows(link, "eval", EvalQuestion, [])]
    tags = {tag for question in asked for tag in question.tags}
    for name in gates.root:
        kind, _, tag = parted(name)[1].partition(":")
        if kind == "tag" and tag not in tags:
            text = f"no question has the tag '{tag}'{nearest(tag, sorted(tags))}"
            yield Problem(shown, name, text)


def _qrels(own: Link) -> Iterator[Problem]:
    path, shown = own.folder / "eval" / "qrels.tsv", own.shown("eval/qrels.tsv")
    if not path.is_file():
        return
    try:
        lines = read_text(path, shown).splitlines()
    except PackProblems as error:
        yield from error.problems
        return
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if line.strip() and (len(fields) != 3 or not fields[2].strip().lstrip("-").isdigit()):
            text = "expected question, passage and a whole number, with tabs between"
            yield Problem(shown, str(number), text)
