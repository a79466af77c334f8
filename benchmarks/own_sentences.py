"""How well the documents' own sentences answer the packs' questions.

    python -m benchmarks.own_sentences [PACK ...]

Each training row and each judged question that has an answer is searched for in a new assistant
made from the pack, by words, and the sentences that would answer are chosen; no guard and no
sufficiency comes between. Training rows choose what counts, judged questions only measure.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Row, write
from domainkit.assistant import Assistant, dating
from domainkit.generation import candidates, extractive
from domainkit.packs import loader, scaffold

PACKS = ("medical", "legal", "biomedical")
FILES = {"training": "train/rows.jsonl", "judged": "eval/questions.jsonl"}
NOTES = [
    "told: of the quotes that an answer must hold, those whole in the chosen sentences",
    "must say: of the words that an answer must say, those in them",
    "right: of the chosen sentences, those of a passage that holds such a quote",
]
_MARK = re.compile(r"\[(\d+)\]")
_GAP = re.compile(r"\W+")


def main() -> None:
    """Choose, count and write the table."""
    parser = argparse.ArgumentParser(description="Count what the chosen sentences tell.")
    parser.add_argument("packs", nargs="*", default=PACKS)
    given = parser.parse_args()
    rows: list[Row] = []
    for pack in given.packs:
        print(pack, file=sys.stderr)
        rows += _counted(pack)
    print(write("own-sentences", "python -m benchmarks.own_sentences", rows, NOTES))


def _counted(pack: str) -> Iterator[Row]:
    language = loader.load(pack).manifest.languages[0]
    with TemporaryDirectory() as name:
        folder = Path(name) / pack
        scaffold.write(
            scaffold.plan(pack, domain=pack, language=language, folder=folder, base=Path(name))
        )
        with closing(Assistant.open(folder, overrides={"tier": "extractive"})) as assistant:
            assistant.ingest()
            for kind, file in FILES.items():
                path = assistant.pack.find(file)
                lines = path.read_text(encoding="utf-8").splitlines() if path else []
                yield {"pack": pack, "questions of": kind, **_row(assistant, lines)}


def _row(assistant: Assistant, lines: Sequence[str]) -> Row:
    told, quotes, said, must, right, chosen = 0, 0, 0, 0, 0, 0
    for row in map(json.loads, lines):
        wanted = _wanted(row)
        if not wanted or row.get("history"):
            continue
        sentences, passages = _chosen(assistant, row)
        text = _plain(" ".join(sentence.text for sentence in sentences))
        told += sum(_plain(quote) in text for quote in wanted)
        quotes += len(wanted)
        said += sum(_plain(words) in text for words in row.get("must_say", ()))
        must += len(row.get("must_say", ()))
        gold = {n for n, held in passages.items() if any(_plain(q) in held for q in wanted)}
        right += sum(sentence.source in gold for sentence in sentences)
        chosen += len(sentences)
    return {
        "told": f"{told} of {quotes}",
        "must say": f"{said} of {must}" if must else "",
        "right": f"{right} of {chosen}",
        "share right": round(right / chosen, 3),
    }


def _wanted(row: dict[str, Any]) -> list[str]:
    """Return the quotes of what an answer cites: all that are judged, of a row those it marks."""
    if "expect" in row:
        return [cited["quote"] for cited in row.get("must_cite", ()) if cited.get("quote")]
    marked = {int(number) for number in _MARK.findall(row.get("answer") or "")}
    sources = enumerate(row.get("sources", ()), start=1)
    return [source["quote"] for n, source in sources if n in marked and source.get("quote")]


def _chosen(
    assistant: Assistant, row: dict[str, Any]
) -> tuple[list[candidates.Sentence], dict[int, str]]:
    day = date.fromisoformat(row["as_of"]) if row.get("as_of") else None
    asked = assistant.question(row["question"], as_of=day, jurisdiction=row.get("jurisdiction"))
    asked = dating.sought(asked, assistant.corpus, assistant.pack)
    found, _ = assistant.corpus.evidence(asked, None)
    if found and all("cited" in one.via for one in found):
        sentences = extractive.whole(found)
    else:
        names = assistant.corpus.retriever.names(asked)
        sentences = extractive.select(asked.search_text, found, names)
    return sentences, {n: _plain(one.passage.text) for n, one in enumerate(found, start=1)}


def _plain(text: str) -> str:
    return _GAP.sub(" ", text).casefold().strip()


if __name__ == "__main__":
    main()
