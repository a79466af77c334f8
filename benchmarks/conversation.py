"""Says how often a follow-up question is told from a new one, and found the answer to.

    python benchmarks/conversation.py

The questions, with their histories and the words that answer them, are those of
``questions/follow-ups.jsonl``, asked of the project's example documents. Those without such words
measure the telling alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from report import write
from statistic import interval

from domainkit.assistant import Assistant, asking
from domainkit.assistant.conversation import condense
from domainkit.assistant.wiring import Writer
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.models import cache as models
from domainkit.packs import scaffold
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.types import Message, Question

ROOT = Path(__file__).parents[1]
COMMAND = "python benchmarks/conversation.py"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
MODEL = "smollm2-135m-instruct"
NOTES = [
    "told: a follow-up is asked with what it follows, a new subject is not; later: questions that "
    "were written after the rules, and for which one rule was added",
    "first: the passage that answers is the first one found, by words alone, for the question as "
    "it stands, with the last question before it, as it is condensed, and as the embedded model "
    f"({MODEL}) then rewrites it, where that adds nothing",
]


def main() -> None:
    rows: list[dict[str, object]] = []
    for language in LANGUAGES:
        asked = [row for row in _questions() if row["id"].startswith(language)]
        first = [row for row in asked if row["quote"]]
        later = [row for row in asked if not row["quote"]]
        rows.append(
            {
                "language": language,
                "questions": len(first),
                "told": interval(_told(row) for row in first),
                "later": len(later),
                "told later": interval(_told(row) for row in later),
                **_found(language, first),
            }
        )
    print(write("conversation", COMMAND, rows, NOTES))


def _questions() -> list[dict[str, Any]]:
    text = (ROOT / "benchmarks" / "questions" / "follow-ups.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _told(row: dict[str, Any]) -> bool:
    return bool(_condensed(row).condensed) == row["follows"]


def _condensed(row: dict[str, Any]) -> Question:
    return condense(_question(row))


def _question(row: dict[str, Any]) -> Question:
    history = tuple(Message("user", text) for text in row["history"])
    return Question(row["question"], history, language=row["id"][:2])


def _after_the_last(row: dict[str, Any]) -> Question:
    return replace(_question(row), condensed=f"{row['history'][-1]} {row['question']}")


@cache
def _writer() -> Writer:
    model = OpenVinoGenerator(models.path(MODEL), name=MODEL, max_tokens=40)
    return Writer(model, model.count)


def _rewritten(row: dict[str, Any], pack: Pack) -> Question:
    return asking.rewritten(_condensed(row), pack, _writer())


def _found(language: Language, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as name:
        planned = scaffold.plan("asked", domain="medical", language=language, base=Path(name))
        scaffold.write(planned)
        opened = Assistant.open(planned.folder, overrides={"tier": "extractive"})
        with closing(opened) as assistant:
            documents = "medical-zh" if language == "zh" else "medical"
            assistant.ingest([ROOT / "examples" / documents])

            def finds(row: dict[str, Any], question: Question) -> bool:
                wanted = "".join(row["quote"].split())
                found = assistant.retrieve(question, k=1)
                return any(wanted in "".join(f.passage.text.split()) for f in found)

            alone = [finds(row, _question(row)) for row in rows]
            before = [
                finds(
                    row,
                    replace(_question(row), condensed=f"{row['history'][-1]} {row['question']}"),
                )
                for row in rows
            ]
            condensed = [finds(row, _condensed(row)) for row in rows]
            rewritten = [_rewritten(row, assistant.pack) for row in rows]
            by_model = [finds(*pair) for pair in zip(rows, rewritten, strict=True)]
    return {
        "first alone": interval(alone),
        "first with the last": interval(before),
        "first condensed": interval(condensed),
        "rewritten by the model": sum(
            one.condensed != _condensed(row).condensed
            for one, row in zip(rewritten, rows, strict=True)
        ),
        "first rewritten": interval(by_model),
    }


if __name__ == "__main__":
    main()
