"""Measures the claim check: on wrong statements made by code, and on sentences judged by hand.

    python benchmarks/claims.py [--judged]

Two tables are written: `claims-perturbed` (statements of the packs' own knowledge, with one thing
changed: how many are found, and how many right ones are flagged) and `claims-judged` (the answer
sentences of benchmarks/labels, judged by hand before the check saw them). ``--judged`` writes the
second alone. Of each set of sentences the run that saw them first stays in the table.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from report import RESULTS, commit, write
from statements import CHANGES, Statement, said_otherwise, statements
from statistic import interval

from domainkit.guards import citations
from domainkit.types import Passage, Prompt, Question, Retrieved, Span

COMMAND = "python benchmarks/claims.py"
LABELS = sorted((Path(__file__).parent / "labels").glob("answer_sentences*.jsonl"))
MOST = 200  # statements a kind and language
SEED = 7


@dataclass(frozen=True, slots=True)
class Case:
    """A statement with its sources, the kind of change in it, and the verdict on it."""

    language: str
    kind: str
    text: str
    verdict: str


def main() -> None:
    if "--judged" not in sys.argv:
        with tempfile.TemporaryDirectory() as place:
            found = list(statements(Path(place)))
        cases = list(perturbed(found))
        print(write("claims-perturbed", COMMAND, list(_rows(cases)), _PERTURBED))
    print(write("claims-judged", COMMAND, list(_all_judged()), _JUDGED))


_PERTURBED = [
    f"sentences of the packs' own knowledge, at most {MOST} a kind and language, seed {SEED}; "
    "each is given its passage and four others of the pack, and cites its passage",
    "flagged: not found supported. none: as they stand; otherwise: right, in other words",
    "95 % bootstrap intervals of 2,000 samples",
]
_JUDGED = [
    "written by hand about the packs' own knowledge, as the extractive generator gives it and as "
    "a model rewords it, right and wrong; judged by hand before the check was run",
    "first: the run that saw the sentences first. What it misjudged was then mended, so that the "
    "last run shows more than new sentences would. The first set's first run, before this table, "
    "agreed on 84 of 100",
    "agreement: of the three verdicts; supported or not: of the two; wrong ones passed: of those "
    "that are not supported",
]


def verdict(text: str, sources: Sequence[Passage]) -> str:
    """Return the verdict on ``text``, which cites the first of ``sources``."""
    given = tuple(Retrieved(p, 1 / n, n) for n, p in enumerate(sources, start=1))
    _, _, claims = citations.resolve(f"{text} [1]", Prompt((), given, Question("?")))
    verdicts = [claim.verdict for claim in claims]
    worst = ("contradicted", "unsupported", "supported")
    return next((v for v in worst if v in verdicts), "unsupported")


def perturbed(found: Sequence[Statement]) -> Iterator[Case]:
    """Yield the statements as they are, in other words, and wrong."""
    kinds = {"none": lambda text, chance: text, "otherwise": said_otherwise, **CHANGES}
    for kind, change in kinds.items():
        for language in ("en", "zh"):
            chance = random.Random(f"{SEED} {kind} {language}")  # noqa: S311 - a sample, no secret
            pool = [s for s in found if s.language == language]
            made = 0
            for statement in chance.sample(pool, len(pool)):
                text = change(statement.text, chance)
                if text is None or made == MOST:
                    continue
                made += 1
                sources = (statement.passage, *statement.others)
                yield Case(language, kind, text, verdict(text, sources))


def _rows(cases: Sequence[Case]) -> Iterator[dict[str, object]]:
    for kind in dict.fromkeys(case.kind for case in cases):
        row: dict[str, object] = {"change": kind}
        for language in ("en", "zh"):
            flags = [
                c.verdict != "supported" for c in cases if (c.kind, c.language) == (kind, language)
            ]
            row |= {f"{language} statements": len(flags), f"{language} flagged": interval(flags)}
        yield row


def _all_judged() -> Iterator[dict[str, object]]:
    """Yield for each set of sentences its first run, kept or made now, and the last."""
    kept = RESULTS / "claims-judged.json"
    before = json.loads(kept.read_text("utf-8"))["rows"] if kept.is_file() else []
    for path in LABELS:
        now = list(_judged(path))
        first = [row for row in before if (row.get("set"), row.get("run")) == (path.stem, "first")]
        if path.stem != "answer_sentences":  # mended on before this table was
            yield from first or ({**row, "run": "first"} for row in now)
        yield from now


def _judged(path: Path) -> Iterator[dict[str, object]]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    judged = [(row, verdict(row["text"], [_passage(row)])) for row in rows]
    for language in ("en", "zh"):
        same = [(r["verdict"], v) for r, v in judged if r["language"] == language]
        yield {
            "set": path.stem,
            "run": "last",
            "language": language,
            "sentences": len(same),
            "agreement": interval(a == b for a, b in same),
            "supported or not": interval(
                (a == "supported") == (b == "supported") for a, b in same
            ),
            "wrong ones passed": interval(b == "supported" for a, b in same if a != "supported"),
            "at": commit(),
        }


def _passage(row: dict[str, str]) -> Passage:
    text = row["source"]
    return Passage("p", "d", row["title"], row["locator"], Span(0, len(text)), text)


if __name__ == "__main__":
    main()
