"""How results and errors reach the terminal: results on stdout, everything else on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from domainkit.errors import (
    DomainkitError,
    EvaluationError,
    GateFailed,
    GenerationError,
    IngestionError,
    MissingExtra,
    ModelError,
    PackError,
    QuestionError,
    ServerError,
    SettingsError,
    StoreError,
    TrainingError,
    UnknownComponent,
)

# Without emoji, or the place "domain.yaml:key:" would be shown with a picture in it.
out = Console(soft_wrap=True, highlight=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)

# 1 is a bug's traceback and 2 a wrong command line, as everywhere.
EXIT_CODES: dict[type[DomainkitError], int] = {
    PackError: 3,
    SettingsError: 3,
    UnknownComponent: 3,
    IngestionError: 4,
    StoreError: 5,
    ModelError: 6,
    GenerationError: 7,
    TrainingError: 8,
    EvaluationError: 9,
    GateFailed: 10,
    QuestionError: 11,
    ServerError: 12,
    MissingExtra: 13,
}


# A document's text may hold escape sequences.
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


def exit_code(error: DomainkitError) -> int:
    """Return the exit code of ``error``: its own class's, or its nearest ancestor's."""
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), 1)


def fail(error: DomainkitError) -> NoReturn:
    """Print ``error`` as one line on stderr and leave with its exit code."""
    err.print(f"error: {safe(str(error))}", markup=False)
    sys.exit(exit_code(error))


def safe(text: str) -> str:
    """Return ``text`` without control characters, which a terminal would obey."""
    return text.translate(_CONTROLS)


def place(title: str, section: Sequence[str], locator: str, page: int | None) -> str:
    """Return where a professional finds a text: document, section, locator and page."""
    path = " › ".join(section)
    parts = [title, path]
    if locator not in {path, *section}:
        parts.append(locator)
    if page and f"p. {page}" not in locator.split(","):
        parts.append(f"p. {page}")
    return " · ".join(part for part in parts if part)


def print_json(value: Any) -> None:
    """Print ``value`` as JSON on stdout; dataclasses become objects, dates ISO strings."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=jsonable))  # noqa: T201


def print_line(value: Any) -> None:
    """Print ``value`` as one line of JSON on stdout, at once."""
    print(json.dumps(value, ensure_ascii=False, default=jsonable), flush=True)  # noqa: T201


def jsonable(value: Any) -> Any:
    """Return what JSON can hold for a dataclass, mapping, date or path.

    Raises:
        TypeError: for anything else.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"not JSON: {type(value).__name__}")
