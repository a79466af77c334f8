"""Asks questions that nothing was chosen by and tables what is answered, and what is not.

    python -m benchmarks.unseen [PACK ...] [--tier extractive] [--note TEXT]

``benchmarks/questions/unseen.jsonl`` was written before the features and the threshold of
sufficiency were last changed, as a professional would ask, by who had not looked at the packs'
suites. It is asked before and after such a change and nothing is mended by it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Row, kept, write
from domainkit.assistant import Assistant
from domainkit.packs import scaffold

PACKS = ("medical", "legal", "biomedical")
QUESTIONS = Path(__file__).parent / "questions" / "unseen.jsonl"
NOTES = [
    "answered: from a passage that holds the words that answer; from others: from other passages; "
    "unanswered: taken for not in the texts; not in the texts: of the questions that no text "
    "answers, those told so",
]


def main() -> None:
    """Ask the questions and write the table."""
    parser = argparse.ArgumentParser(description="Ask questions nothing was chosen by.")
    parser.add_argument("packs", nargs="*", default=PACKS)
    parser.add_argument("--tier", default="extractive")
    parser.add_argument("--note", action="append", default=[])
    given = parser.parse_args()
    rows: list[Row] = []
    for pack in given.packs:
        print(pack, file=sys.stderr)
        rows += tallied(pack, given.tier, asked(pack, given.tier))
    command = " ".join(["python -m benchmarks.unseen", *sys.argv[1:]])
    table = kept("unseen", rows, ("pack", "language", "tier"))
    print(write("unseen", command, table, [*NOTES, *given.note]))


def asked(pack: str, tier: str) -> list[tuple[dict[str, Any], str]]:
    """Return each question of a pack with what came of it."""
    lines = QUESTIONS.read_text("utf-8").splitlines()
    ours = [row for row in map(json.loads, lines) if row["documents"] == f"domains/{pack}"]
    with TemporaryDirectory() as name:
        planned = scaffold.plan(pack, domain=pack, language="en", base=Path(name))
        scaffold.write(planned)
        with closing(Assistant.open(planned.folder, overrides={"tier": tier})) as assistant:
            assistant.ingest()
            return [(row, outcome(assistant, row)) for row in ours]


def outcome(assistant: Assistant, row: dict[str, Any]) -> str:
    """Return the status of an answer; "elsewhere" where it cites no passage that answers."""
    turn = assistant.ask(assistant.question(row["question"]))
    if turn.answer.status != "answered" or not row["quote"]:
        return turn.answer.status
    cited = {citation.passage_id for citation in turn.answer.citations}
    quote = "".join(row["quote"].split())
    texts = (item.passage.text for item in turn.retrieved if item.passage.id in cited)
    return "answered" if any(quote in "".join(text.split()) for text in texts) else "elsewhere"


def tallied(
    pack: str, tier: str, results: Sequence[tuple[dict[str, Any], str]]
) -> Iterator[dict[str, object]]:
    """Yield a row a language."""
    for language in ("en", "zh"):
        ours = [(row, status) for row, status in results if row["language"] == language]
        held = [status for row, status in ours if row["quote"]]
        lacking = [status for row, status in ours if not row["quote"]]
        yield {
            "pack": pack,
            "language": language,
            "tier": tier,
            "questions": len(ours),
            "answered": f"{held.count('answered')} of {len(held)}",
            "from others": held.count("elsewhere"),
            "unanswered": held.count("insufficient"),
            "stopped": sum(status in ("refused", "escalated", "clarify") for status in held),
            "not in the texts": f"{lacking.count('insufficient')} of {len(lacking)}",
        }


if __name__ == "__main__":
    main()
