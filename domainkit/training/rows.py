"""Reads the rows a recipe names: the pack's own, its parents', and an assistant's own files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit import settings
from domainkit.errors import TrainingError
from domainkit.packs.checking import validated
from domainkit.packs.files import read_rows
from domainkit.packs.pack import Pack
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.rowfiles import published
from domainkit.packs.schemas.recipe import Data
from domainkit.packs.schemas.rows import TrainRow


@dataclass(frozen=True, slots=True)
class Row:
    """A row as written, the folder its sources' paths count from, and its file and line."""

    written: TrainRow
    folder: Path
    place: str


def read(pack: Pack, data: Sequence[Data]) -> list[Row]:
    """Return the rows of ``data`` in the folder of ``pack`` and of every pack it extends.

    An assistant's owner adds rows by adding a file: every ``train/*.jsonl`` of its folder counts.

    Raises:
        PackError: naming file, line and key of a row that does not fit the schema.
        TrainingError: when there is no row, or two have the same id.
    """
    found = [
        row
        for folder, path, languages in _files(pack, data)
        for row in _rows(folder, path)
        if row.written.language in languages
    ]
    if not found:
        raise TrainingError(
            f"the pack '{pack.name}' has no rows for this recipe in {data[0].path}",
            hint=f"write {pack.folder / data[0].path}, one JSON object a line",
        )
    places: dict[str, str] = {}
    for row in found:
        name = row.written.id
        if name in places:
            raise TrainingError(
                f"{row.place}: the id '{name}' stands at {places[name]} already",
                hint="give every row an id of its own",
            )
        places[name] = row.place
    return found


def _files(pack: Pack, data: Sequence[Data]) -> Iterator[tuple[Path, Path, Sequence[str]]]:
    """Yield the folder, the file and the languages of each file of rows, nearest folder first."""
    named = {entry.path: entry.languages for entry in data}
    if (pack.folder / settings.FILE).is_file():
        spoken = tuple({language for entry in data for language in entry.languages})
        names = {f"train/{path.name}" for path in pack.folder.glob("train/*.jsonl")}
        for name in sorted(names - published(pack.folder)):
            named.setdefault(name, spoken)
    for folder in pack.folders:
        for relative, languages in named.items():
            if (folder / relative).is_file():
                yield folder, folder / relative, languages


def _rows(folder: Path, path: Path) -> Iterator[Row]:
    shown = f"{folder.name}/train/{path.name}"
    for line, value in read_rows(path, shown):
        if isinstance(value, Problem):
            raise PackProblems([value], hint="write one JSON object a line")
        yield _row(value, folder, f"{shown}:{line}")


def _row(value: Any, folder: Path, place: str) -> Row:
    return Row(validated(TrainRow, value, lambda _: place), folder, place)
