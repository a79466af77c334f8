"""Checks merged content against a schema, and says what is wrong where it was written."""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from domainkit.packs.merge import Layer, Merged
from domainkit.packs.problems import PackProblems, Problem

M = TypeVar("M", bound=BaseModel)
_FORMATS = (("schema",), ("format",))  # the keys that say how a file is written


def checked(schema: type[M], merged: Merged, layers: Sequence[Layer]) -> M:
    """Return ``merged`` as ``schema``; ``layers`` are nearest first.

    Raises:
        PackProblems: with every fault, each named by the file that holds it.
    """

    def shown(key: Sequence[object]) -> str:
        return (merged.origin(key) or layers[0]).file

    return validated(schema, merged.values, shown)


def validated(schema: type[M], values: Any, shown: Callable[[Sequence[object]], str]) -> M:
    """Return ``values`` as ``schema``; ``shown`` gives the file of a key.

    Raises:
        PackProblems: with every fault.
    """
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        # First what explains the others: a newer format, then a misspelt key.
        faults = error.errors(include_url=False)
        faults.sort(key=lambda fault: fault["type"] != "extra_forbidden")
        faults.sort(key=lambda fault: fault["loc"] not in _FORMATS)
        found = dict.fromkeys(
            Problem(shown(fault["loc"]), _dotted(fault["loc"]), _said(schema, fault))
            for fault in faults
        )
        raise PackProblems(list(found), hint="domainkit pack check lists everything") from error


def nearest(name: str, known: Sequence[str]) -> str:
    """Return "; did you mean 'x'?", or the known names where they are few, or nothing."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(sorted(known))}" if 0 < len(known) <= 20 else ""


def _dotted(loc: Sequence[object]) -> str:
    return ".".join(str(part) for part in loc if part != "[key]")


def _said(schema: type[BaseModel], fault: ErrorDetails) -> str:
    value = fault.get("input")
    match fault["type"]:
        case "extra_forbidden":
            *around, name = fault["loc"]
            return f"unknown key{nearest(str(name), _keys_at(schema, around))}"
        case "missing":
            return "is missing"
        case "string_type" if isinstance(value, bool):
            return "expected text; YAML reads a bare yes, no, on or off as true or false: quote it"
        case "string_type" if not isinstance(value, list | dict):
            return f"expected text, found {value!r}: quote it"
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _keys_at(schema: Any, path: Sequence[object]) -> list[str]:
    """Return the keys the model at ``path`` below ``schema`` knows."""
    models = _models(schema)
    for part in path:
        inner = []
        for model in models:
            for name, field in model.model_fields.items():
                if part in (name, field.alias, "root") or name == "root":
                    inner += _models(field.annotation)
        models = inner or models
    return sorted({field.alias or name for m in models for name, field in m.model_fields.items()})


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models inside a type such as ``dict[str, Sign] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, RootModel):
            return _models(annotation.model_fields["root"].annotation)
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, types.UnionType, dict, tuple, list, Mapping):
        return [model for inner in get_args(annotation) for model in _models(inner)]
    return []
