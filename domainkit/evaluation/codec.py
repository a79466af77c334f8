"""Writes dataclasses as JSON and reads them back as they were.

A value is told by the type its field declares, so nothing of the form need stand in the file.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel

T = TypeVar("T")


def encode(value: Any) -> Any:
    """Return what JSON holds for ``value``: dataclasses are objects, dates ISO strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, str) or not isinstance(value, Sequence):
        return value.isoformat() if isinstance(value, date) else value
    return [encode(item) for item in value]


def decode(kind: type[T], data: Any) -> T:
    """Return what ``encode`` wrote of a value of type ``kind``.

    Fields that stand in the file alone are passed over, and those it lacks take their default, so
    that what an earlier version wrote can be read.

    Raises:
        KeyError, TypeError, ValueError: when it is no such value.
    """
    return cast("T", _decode(kind, data))


def _decode(kind: Any, data: Any) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return None if data is None else _decode(_one_of(inner), data)
    if origin is tuple:
        return (
            tuple(_decode(inner[0], item) for item in data)
            if inner[-1] is ...
            else tuple(_decode(one, item) for one, item in zip(inner, data, strict=True))
        )
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _decode(inner[1], item) for key, item in data.items()}
    if isinstance(kind, type):
        return _made(kind, data)
    return data  # a literal


def _made(kind: type, data: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _decode(hints[name], data[name]) for name in hints if name in data})
    if issubclass(kind, BaseModel):
        return kind.model_validate(data)
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(data)
    return float(data) if kind is float else data


def _one_of(kinds: Sequence[Any]) -> Any:
    """Return the one type besides None."""
    (kind,) = (kind for kind in kinds if kind is not types.NoneType)
    return kind


@cache
def _hints(kind: type) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: hint for name, hint in typing.get_type_hints(kind).items() if name in names}
