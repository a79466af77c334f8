"""Finds what a guard could not say, or not look for, in a language of its pack."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from string import Template
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from domainkit.packs.checking import nearest
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Emergency, Guards

Fault = tuple[str, str]  # the key within guards.yaml, and what is wrong there


def faults(guards: Guards, languages: Sequence[Language]) -> Iterator[Fault]:
    """Yield each text and each list of phrases that lacks a language, and unknown fields.

    A text that is there needs every language of the pack; phrases do where the schema asks for
    them: those that only silence a guard are written where they are needed.
    """
    for name, field in Guards.model_fields.items():
        value = getattr(guards, name)
        yield from _lacking(name, value, field.annotation, languages, needed=False)
    if guards.emergency:
        yield from _unknown_fields(guards.emergency)


def _lacking(
    key: str, value: Any, annotation: Any, languages: Sequence[Language], *, needed: bool
) -> Iterator[Fault]:
    """Yield what ``value`` lacks; ``needed`` says that the schema has no default for it."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            needs = field.is_required()
            yield from _lacking(f"{key}.{name}", inner, field.annotation, languages, needed=needs)
    elif isinstance(value, Mapping):
        keys, values = get_args(_bare(annotation))
        if keys is not Language:
            for name, inner in value.items():
                yield from _lacking(f"{key}.{name}", inner, values, languages, needed=needed)
        elif needed or (value and _bare(values) is str):
            kind = "text" if _bare(values) is str else "phrases"
            yield from ((key, f"has no {kind} in '{la}'") for la in languages if la not in value)


def _bare(annotation: Any) -> Any:
    """Return ``annotation`` without its bounds and without its None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not types.NoneType))
    return annotation


def _unknown_fields(emergency: Emergency) -> Iterator[Fault]:
    known = sorted({"sign", *emergency.contacts})
    texts = [("emergency.text", emergency.text)]
    texts += [(f"emergency.signs.{name}.text", s.text) for name, s in emergency.signs.items()]
    for key, said in texts:
        for language, text in said.items():
            for fault in _unfilled(text, known):
                yield f"{key}.{language}", fault


def _unfilled(text: str, known: Sequence[str]) -> list[str]:
    template = Template(text)
    if not template.is_valid():
        return ["has a '$' that starts no field; write '$$' for a dollar sign"]
    unknown = sorted(set(template.get_identifiers()) - set(known))
    return [f"has the unknown field ${field}{nearest(field, known)}" for field in unknown]
