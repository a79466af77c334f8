"""What a worker says of a file, as bytes: plain values in JSON, checked where they arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from domainkit.errors import DomainkitError, IngestionError, MissingExtra, PackError
from domainkit.ingestion.parsing import Part

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# The first byte of what is said.
ALIVE, PART, DONE, FAILED, READY = b"a", b"p", b"d", b"f", b"r"

# What a reader may raise, by name; anything else ends the worker.
_OURS = {kind.__name__: kind for kind in (IngestionError, MissingExtra, PackError)}
_SYSTEM = {kind.__name__: kind for kind in (FileNotFoundError, PermissionError, OSError)}
RAISED = (*_OURS.values(), OSError, RecursionError, MemoryError)


def part(value: Part) -> bytes:
    """Return a part as bytes."""
    return PART + json.dumps(_fields(value), default=_plain, ensure_ascii=False).encode()


def part_of(frame: bytes) -> Part:
    """Return the part that ``frame`` holds; every value is checked against its type."""
    return _parts().validate_json(frame[1:])


def failure(error: BaseException, *, memory: int) -> bytes:
    """Return as bytes one of the errors in ``RAISED``."""
    if isinstance(error, MemoryError):
        hint = "split it, or allow more: domainkit.toml, [ingestion] memory_mib"
        said = [IngestionError.__name__, f"reading it takes more than {memory >> 20:,} MiB", hint]
    elif isinstance(error, DomainkitError):
        said = [type(error).__name__, error.message, error.hint]
    elif isinstance(error, OSError):
        name = next(n for n, kind in _SYSTEM.items() if isinstance(error, kind))
        said = [name, error.strerror or str(error), str(error.errno or 0)]
    else:
        said = [RecursionError.__name__, "", ""]
    return FAILED + json.dumps(said).encode()


def failure_of(frame: bytes) -> Exception:
    """Return the error that ``frame`` holds."""
    name, message, more = map(str, json.loads(frame[1:]))
    if name in _OURS:
        return _OURS[name](message, hint=more)
    return _SYSTEM[name](int(more), message) if name in _SYSTEM else RecursionError()


@cache
def _parts() -> TypeAdapter[Part]:
    from pydantic import TypeAdapter

    return TypeAdapter(Part)


def _plain(value: object) -> Any:
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no plain value: {value!r}")


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
