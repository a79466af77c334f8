"""Turns rows away for what they are: the wrong language, a broken text, no answer at all."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection

from domainkit.training.data.rows import DataRow

SHORTEST = 2  # characters of an answer: "无", "A" teach a model to say nothing
# A text that says one thing again and again packs into little. Of 6,081 published answers of 500
# bytes or more (benchmarks/results/imports.md) one packs below .15, and repeats four words to its
# end; the next, at .16, is a list of its own kind.
REPEATS = 0.15
_LONG = 500  # bytes: shorter texts pack badly whatever they say
# Rows that other assistants wrote about themselves, which would teach ours their names.
_OTHERS = re.compile(
    r"\bas an? (?:AI|artificial intelligence) (?:language )?model\b|\bChatGPT\b|\bOpenAI\b"
    r"|作为(?:一个|一款|一名)?(?:AI|人工智能)(?:语言)?(?:模型|助手)",
    re.IGNORECASE,
)


def refusal(row: DataRow, languages: Collection[str]) -> str:
    """Return why ``row`` is not to be trained on, or nothing."""
    if languages and row.language not in languages:
        return f"it is in {row.language}"
    if "�" in row.text:
        return "characters of it were lost (U+FFFD)"
    answer = row.answer.strip()
    if len(answer) < SHORTEST:
        return "the answer says nothing"
    if _repeats(answer):
        return "the answer repeats itself"
    if row.kind != "text" and _OTHERS.search(answer):
        return "another assistant speaks of itself"
    return ""


def _repeats(text: str) -> bool:
    encoded = text.encode()
    return len(encoded) >= _LONG and len(zlib.compress(encoded)) < REPEATS * len(encoded)
