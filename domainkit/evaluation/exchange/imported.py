"""What an import gives: judged questions, and the documents they are about."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domainkit.errors import EvaluationError
from domainkit.packs.schemas.questions import EvalQuestion


@dataclass(frozen=True, slots=True)
class Imported:
    """Questions, and the files that must be ingested for them by their path below ``documents``.

    ``notes`` say what was left out, or is not as in the original.
    """

    questions: tuple[EvalQuestion, ...]
    documents: Mapping[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def question(place: str, **fields: Any) -> EvalQuestion:
    """Return a judged question of these fields; empty ones are left out.

    Raises:
        EvaluationError: naming ``place`` and the field that does not fit.
    """
    given = {name: value for name, value in fields.items() if value not in (None, "", (), [], {})}
    try:
        return EvalQuestion.model_validate(given)
    except ValidationError as error:
        what = error.errors()[0]
        raise EvaluationError(
            f"{place}: {'.'.join(map(str, what['loc']))}: {what['msg']}",
            hint="is it of that --format? domainkit eval import --help lists them",
        ) from error


def text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        EvaluationError: when it cannot be read as UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read: {error}", hint="give a file") from error


def records(path: Path) -> list[Any]:
    """Return the records of a JSON list, or of JSON Lines.

    Raises:
        EvaluationError: naming the file, and the line where there are lines.
    """
    whole = text(path)
    if whole.lstrip().startswith("["):
        return _json(str(path), whole)  # type: ignore[no-any-return]
    lines = enumerate(whole.split("\n"), start=1)
    return [_json(f"{path}:{number}", line) for number, line in lines if line.strip()]


def mapping(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        EvaluationError: when it holds none.
    """
    value = _json(str(path), text(path))
    if not isinstance(value, dict):
        raise EvaluationError(f"{path}: expected a JSON object", hint="is it of that --format?")
    return value


def table(path: Path, names: Iterable[str] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the row of each line of a CSV file; ``names`` where it has no head."""
    rows = csv.DictReader(io.StringIO(text(path)), fieldnames=list(names) or None)
    for number, row in enumerate(rows, start=1):
        yield f"{path}: row {number}", row


def wanted(place: str, row: Any, *names: str) -> list[Any]:
    """Return the fields of a row.

    Raises:
        EvaluationError: naming the field that is missing.
    """
    if not isinstance(row, Mapping):
        raise EvaluationError(f"{place}: expected an object", hint="is it of that --format?")
    missing = [name for name in names if row.get(name) is None]
    if missing:
        raise EvaluationError(
            f"{place}: there is no '{missing[0]}'", hint="is it of that --format?"
        )
    return [row[name] for name in names]


def _json(place: str, value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(
            f"{place}: is not JSON: {error}", hint="is it of that --format?"
        ) from error
