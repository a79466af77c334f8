"""Sources, prompts and a pack for tests of what is written and of what is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Guards
from domainkit.packs.schemas.manifest import Manifest
from domainkit.types import Passage, Prompt, Question, Retrieved, Span

PROMPTS = {
    "system.en": "You answer for $audience from the sources. Else write: $no_answer",
    "system.zh": "只依据资料为$audience回答，否则写：$no_answer",
    "answer.en": "Sources:\n\n$sources\n\nQuestion: $question",
    "answer.zh": "资料：\n\n$sources\n\n问题：$question",
    "refuse.en": "The documents do not say.\nLooked for: $question\nNearest: $nearest",
    "refuse.zh": "文件中没有说明。\n检索：$question\n最接近：$nearest",
    "condense.en": "$history $question",
}


def source(text: str, number: int = 1, *, start: int = 0, **fields: Any) -> Retrieved:
    """Return source ``number``: a passage that begins at ``start`` of its document."""
    named = {"title": f"Document {number}", "locator": f"p. {number}", **fields}
    passage = Passage(
        id=f"p{number}",
        document_id=f"d{number}",
        span=Span(start, start + len(text)),
        text=text,
        **named,
    )
    return Retrieved(passage, 0.9 ** (number - 1), number)


def prompt(*texts: str, asked: str = "") -> Prompt:
    """Return a prompt with these sources, for the question ``asked``."""
    sources = tuple(source(text, number) for number, text in enumerate(texts, start=1))
    return Prompt((), sources, Question(asked) if asked else None)


def pack(guards: dict[str, Any] | None = None, **manifest: Any) -> Pack:
    """Return a pack with these guards, as ``guards.yaml`` would write them."""
    whole = {
        "schema": 1,
        "name": "leaflets",
        "version": "1.0.0",
        "title": "Leaflets",
        "languages": ["en", "zh"],
        "scope": {"audience": "patients"},
        **manifest,
    }
    checked = Guards.model_validate(guards or {})
    options = {name: getattr(checked, name) for name in type(checked).model_fields}
    return Pack(
        name="leaflets",
        folders=(Path("leaflets"),),
        manifest=Manifest.model_validate(whole),
        prompts=PROMPTS,
        guards={name: found for name, found in options.items() if found},
        glossary={},
        origins={},
        fingerprint="0",
    )
