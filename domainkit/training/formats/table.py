"""All layouts, and which of them a file has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from domainkit.errors import TrainingError
from domainkit.registry import nearest
from domainkit.training.formats import (
    alpaca,
    belle,
    chats,
    comparisons,
    oasst,
    pairs,
    plain,
    unanswered,
)
from domainkit.training.formats.samples import Format

# A row may fit several: the first one counts, so the particular stand before the general.
FORMATS: tuple[Format, ...] = (
    oasst.OASST,
    comparisons.PREFERENCE,
    comparisons.RANKED,
    comparisons.VERDICTS,
    chats.MESSAGES,
    chats.SHAREGPT,
    chats.FIREFLY,
    chats.CHINESE_VICUNA,
    alpaca.LISTED,
    alpaca.SEEDS,
    alpaca.CHATDOCTOR_ROWS,
    alpaca.LITERATURE,
    belle.BELLE,
    alpaca.ALPACA,
    pairs.GUIDELINE,
    pairs.LAWYER_LLAMA_TURNS,
    pairs.LAWYER_LLAMA_COUNSEL,
    pairs.MED_CHATGLM,
    pairs.BELLE_QUESTIONS,
    pairs.LAW_GPT,
    unanswered.TWO_MODELS,
    pairs.LAW_GPT_RESULTS,
    pairs.DISC_LAW,
    plain.COMPLETIONS,
    unanswered.MT_BENCH,
    unanswered.VICUNA_QUESTIONS,
    unanswered.QUESTIONS,
    unanswered.DISEASES,
    unanswered.REGISTRY,
    plain.CONTENT,
    plain.TEXT,
)
# Rows that are looked at to tell a file's layout.
_LOOKED_AT = 200


def find(name: str) -> Format:
    """Return the layout called ``name``.

    Raises:
        TrainingError: when there is none; the hint lists the nearest.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    raise TrainingError(
        f"there is no format called '{name}'", hint=nearest(name, [f.name for f in FORMATS])
    )


def of_row(row: Any) -> Format | None:
    """Return the layout of one row, or None."""
    return next((known for known in FORMATS if known.fits(row)), None)


def detect(rows: Sequence[Any], shown: str) -> Format:
    """Return the layout that most of the first rows have.

    Raises:
        TrainingError: when most have none; the message names the nearest and what it asks for.
    """
    looked_at = rows[:_LOOKED_AT]
    found = Counter(known for known in map(of_row, looked_at) if known)
    known = sum(found.values())
    if known * 2 < len(looked_at):
        raise TrainingError(
            f"{shown}: {len(looked_at) - known} of its first {len(looked_at)} rows "
            f"have no known layout; {_nearest(looked_at)}",
            hint="name the layout: --format NAME; docs/training.md lists them",
        )
    return found.most_common(1)[0][0]


def _nearest(rows: Sequence[Any]) -> str:
    """Say which layout the rows come nearest to, and what they lack for it."""
    keys = {str(key) for row in rows if isinstance(row, Mapping) for key in row}
    if not keys:
        return "they are no mappings of keys to values"

    def shared(known: Format) -> float:
        return len(known.keys & keys) / len(known.keys)

    best = max(FORMATS, key=shared)
    if not shared(best):
        return f"none has a key of theirs ({', '.join(sorted(keys)[:6])})"
    lacks = ", ".join(f"'{key}'" for key in sorted(best.keys - keys))
    lacking = f"which asks for {lacks} too" if lacks else "of which they hold something else"
    return f"the nearest is '{best.name}', {lacking}"
