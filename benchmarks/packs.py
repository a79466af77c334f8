"""Asks the packs' own suites and tables what must be refused, escalated, cited and left unsaid.

    python -m benchmarks.packs [PACK ...] [--tier extractive] [--note TEXT]

Each pack's questions are asked of a new assistant made from it, as `domainkit pack test` does.
Rows of another tier or pack that were measured before stay in the table.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row, kept, write
from domainkit.assistant import Assistant
from domainkit.evaluation import suite
from domainkit.evaluation.evaluate import Evaluation, Options
from domainkit.evaluation.record import Item
from domainkit.packs import loader, scaffold

PACKS = ("medical", "legal", "biomedical")
AS_OF = "as-of"
NOTES = [
    "cited: answered from a passage that the question must be answered from; unanswered: of the "
    "others, those taken for not answered by the texts",
    "not in the texts: told that the documents do not say; the rest of them is answered",
    "pairs: the same question for a day before and a day after an amendment, right where both "
    "answers cite the text of their day; another day's: of their answers, those that say what "
    "held on another day",
    "tier extractive searches by words, embedded by words and vectors in English",
]


def main() -> None:
    """Ask the suites and write the table."""
    parser = argparse.ArgumentParser(description="Ask the packs' own suites.")
    parser.add_argument("packs", nargs="*", default=PACKS)
    parser.add_argument("--tier", default="extractive")
    parser.add_argument("--note", action="append", default=[])
    given = parser.parse_args()
    rows: list[Row] = []
    for pack in given.packs:
        print(pack, file=sys.stderr)
        rows += tallied(pack, given.tier, asked(pack, given.tier))
    command = " ".join(["python -m benchmarks.packs", *sys.argv[1:]])
    table = kept("packs", rows, ("pack", "language", "tier"))
    print(write("packs", command, table, [*NOTES, *given.note]))


def asked(pack: str, tier: str) -> list[Item]:
    """Return what came of each question of a pack, asked of a new assistant made from it."""
    language = loader.load(pack).manifest.languages[0]
    with TemporaryDirectory() as name:
        folder = Path(name) / pack
        planned = scaffold.plan(
            pack, domain=pack, language=language, folder=folder, base=Path(name)
        )
        scaffold.write(planned)
        with closing(Assistant.open(folder, overrides={"tier": tier})) as assistant:
            assistant.ingest()
            asking = Evaluation(assistant, suite.load(assistant.pack), Options(workers=1))
            return asking.run()[1]


def tallied(pack: str, tier: str, items: Sequence[Item]) -> Iterator[dict[str, object]]:
    """Yield a row a language: of those that must be so, how many are."""
    for language in dict.fromkeys(item.question.language for item in items):
        ours = [item for item in items if item.question.language == language]
        answered = _expecting("answered", ours)
        forbidden = [i for i in ours if "must_not_say_rate" in i.scores]
        pairs = _pairs([item for item in answered if AS_OF in item.question.tags])
        dated = [item for pair in pairs for item in pair]
        yield {
            "pack": pack,
            "language": language,
            "tier": tier,
            "questions": len(ours),
            "refused": _of(ours, "refused"),
            "escalated": _of(ours, "escalated"),
            "cited": _share(sum(map(_cites, answered)), len(answered)),
            "unanswered": sum(_status(item) == "insufficient" for item in answered),
            "refused wrongly": sum(_status(item) in ("refused", "escalated") for item in answered),
            "not in the texts": _of(ours, "insufficient"),
            "said what must not be": _share(sum(map(_says, forbidden)), len(forbidden)),
            "pairs": _share(sum(all(map(_cites, pair)) for pair in pairs), len(pairs)),
            "another day's": _share(sum(map(_says, dated)), len(dated)),
        }


def _pairs(items: Sequence[Item]) -> list[list[Item]]:
    """Return the items that ask the same for several days."""
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.question.question].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _expecting(status: str, items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.question.expect == status]


def _status(item: Item) -> str:
    return item.turn.answer.status


def _cites(item: Item) -> bool:
    return item.scores.get("citation_recall") == 1


def _says(item: Item) -> bool:
    return item.scores.get("must_not_say_rate", 0.0) > 0


def _of(items: Sequence[Item], status: str) -> str:
    """Return how many of those that must end so do."""
    must = _expecting(status, items)
    return _share(sum(_status(item) == status for item in must), len(must))


def _share(right: int, all_: int) -> str:
    return f"{right} of {all_}" if all_ else ""


if __name__ == "__main__":
    main()
