"""A pack with one document, three training rows and a recipe for a tiny base."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FACTS = """# Tablets

## Dose

Adults take two tablets every six hours, and never more than eight in a day.

## Storage

Keep the tablets below 25 degrees, in the box they came in, away from children.
"""

ROWS = [
    {
        "id": "dose",
        "question": "How many tablets may an adult take in a day?",
        "language": "en",
        "sources": [
            {"path": "knowledge/tablets.md", "quote": "below 25 degrees"},
            {"path": "knowledge/tablets.md", "quote": "never more than eight in a day"},
        ],
        "answer": "Adults never take more than eight in a day [2].",
        "licence": "CC0-1.0",
        "origin": "written for the test",
    },
    {
        "id": "storage",
        "question": "How are they stored?",
        "language": "en",
        "sources": [{"path": "knowledge/tablets.md", "quote": "below 25 degrees"}],
        "answer": "They are kept below 25 degrees [1].",
        "licence": "CC0-1.0",
        "origin": "written for the test",
    },
    {
        "id": "price",
        "question": "What do they cost?",
        "language": "en",
        "sources": [{"title": "Tablets", "locator": "Packing", "text": "The box is blue."}],
        "refusal": True,
        "licence": "Apache-2.0",
        "origin": "written for the test",
    },
]

RECIPE = {
    "schema": 1,
    "title": "a test",
    "method": {"r": 4, "alpha": 8},
    "data": [{"path": "train/rows.jsonl"}],
    "stages": [{"steps": 6, "learning_rate": 0.02, "batch": 2, "max_tokens": 3000}],
    "seed": 1,
}


def write_pack(folder: Path, *, base: Path, assistant: bool = False) -> Path:
    """Write the pack to ``folder``, with a recipe that tunes ``base``; return the folder."""
    recipe = {**RECIPE, "base": {"kind": "folder", "name": str(base), "licence": "none"}}
    files = {
        "domain.yaml": {"schema": 1, "name": "tiny", "version": "0.1.0", "title": "Tablets"},
        "recipes/embedded.yaml": recipe,
        "prompts/system.en.md": "Answer from the sources, else write: $no_answer",
        "prompts/answer.en.md": "$sources\n\nQuestion: $question",
        "prompts/refuse.en.md": "No. $question $nearest",
        "prompts/condense.en.md": "$history $question",
        "knowledge/tablets.md": FACTS,
        **({"domainkit.toml": ""} if assistant else {}),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    write_rows(folder, ROWS)
    return folder


def write_rows(folder: Path, rows: Sequence[Mapping[str, Any]], name: str = "rows") -> None:
    """Write ``rows`` to ``train/<name>.jsonl`` of the pack in ``folder``."""
    path = folder / "train" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def row(name: str = "dose", **changes: Any) -> dict[str, Any]:
    """Return the row called ``name`` with ``changes``; a change to None removes the key."""
    found = next(row for row in ROWS if row["id"] == name)
    return {key: value for key, value in {**found, **changes}.items() if value is not None}
