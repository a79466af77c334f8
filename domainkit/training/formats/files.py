"""Reads the rows of a file: JSON, JSON Lines, CSV or plain text, whatever its name says."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit.errors import TrainingError

SUFFIXES = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".md")


@dataclass(frozen=True, slots=True)
class Found:
    """A row and its place: the file and the line, or the number or key within it.

    ``broken`` says why there is no row.
    """

    place: str
    row: Any = None
    broken: str = ""


def read(path: Path, shown: str) -> list[Found]:
    """Return every row of ``path``, named ``shown`` in places.

    A file of one JSON value gives its entries; a file of JSON objects a line gives its lines; a
    table gives its rows by their headings; any other text is one row, itself.

    Raises:
        TrainingError: when the file cannot be read or holds nothing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"{shown}: it is not UTF-8 (byte {error.start})", hint="convert it: iconv -t UTF-8"
        ) from error
    except OSError as error:
        raise TrainingError(
            f"{shown}: {error.strerror or 'it cannot be read'}", hint="correct the path"
        ) from error
    rows = list(_rows(text, path.suffix.lower(), shown))
    if not rows:
        raise TrainingError(f"{shown}: it holds no row", hint="give a file that holds some")
    return rows


def _rows(text: str, suffix: str, shown: str) -> Iterator[Found]:
    if suffix in (".csv", ".tsv"):
        table = csv.DictReader(io.StringIO(text), delimiter="\t" if suffix == ".tsv" else ",")
        yield from (Found(f"{shown}:{table.line_num}", row) for row in table)
    elif suffix in (".json", ".jsonl") or text.lstrip()[:1] in ("{", "["):
        yield from _json(text, shown)
    elif text.strip():
        yield Found(shown, text)


def _json(text: str, shown: str) -> Iterator[Found]:
    try:
        whole = json.loads(text)
    except ValueError:
        yield from _lines(text, shown)
        return
    if isinstance(whole, list):
        yield from (Found(f"{shown}#{number}", row) for number, row in enumerate(whole, start=1))
    elif isinstance(whole, dict) and all(isinstance(row, dict) for row in whole.values()):
        yield from (Found(f"{shown}#{key}", row) for key, row in whole.items())
    else:
        yield Found(f"{shown}#1", whole)


def _lines(text: str, shown: str) -> Iterator[Found]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield Found(f"{shown}:{number}", json.loads(line))
        except (ValueError, RecursionError) as error:
            yield Found(f"{shown}:{number}", broken=f"is not JSON: {error}")
