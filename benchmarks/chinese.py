"""Measures the Chinese embedded model: its speed in each engine, and answers from law articles.

    python benchmarks/chinese.py [DATA] [--model NAME]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. The model that
users are offered, qwen2.5-0.5b-instruct, comes from the hub; where that cannot be reached, the one
of the same size and family that can be had elsewhere is measured, and the table says which.
Ten questions of stard_zh are answered from their gold articles, one beside four others.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from repairs import answered
from report import write

from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.models import cache
from domainkit.types import Message, Passage, Prompt, Question, Retrieved, Span

MODEL = "qwen2.5-coder-0.5b-instruct"
ASKED, OTHERS, LONG, ANSWER = 10, 4, 900, 160
ENGINES = (OpenVinoGenerator, LlamaCppGenerator)
MARKER = re.compile(r"[\[【](\d+)[\]】]")


def main() -> None:
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    name = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else MODEL
    given = [each for each in given if each != name]
    data = Path(given[0] if given else os.environ.get("DOMAINKIT_DATA", "../shared/data"))
    path = cache.path(name)
    asked = _asked(data / "bench" / "stard_zh")
    rows = []
    for engine in ENGINES:
        opened = engine(path, name=name, max_tokens=ANSWER)
        rows.append({"engine": opened.id.partition(":")[0], **_speed(opened, asked)})
        if engine is OpenVinoGenerator:
            rows[0] |= _answers(opened, asked)
        else:
            rows[-1] |= dict.fromkeys(list(rows[0])[-3:], "-")
        del opened
    notes = [
        f"model: {name}",
        f"a prompt of {LONG} tokens of law articles, an answer of at most {ANSWER} tokens, once",
        f"{ASKED} questions of stard_zh, each with its gold article and {OTHERS} other articles, "
        "as the pack legal asks them",
        "gold: of the sources an answer names, the first is the gold one; shown: as an assistant "
        "shows it, with unsupported sentences written anew or left out, or the articles' own "
        "sentences where too little is supported (stood in for)",
    ]
    print(write("chinese", "python benchmarks/chinese.py", rows, notes))


def _asked(folder: Path) -> list[tuple[Question, list[Retrieved], int]]:
    """Return questions, the articles each is asked with, and the number of the gold one."""
    gold: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        question, article, _ = line.split("\t")
        gold.setdefault(question, set()).add(article)
    articles = {
        row["_id"]: row
        for row in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))
    }
    rows = map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))
    others = [row for row in articles.values() if 60 < len(row["text"]) < 200]
    found = []
    for row in rows:
        wanted = gold.get(row["_id"], set())
        if len(wanted) != 1 or len(found) == ASKED:
            continue
        place = len(found) % (OTHERS + 1)  # the gold article is not always the first
        beside = others[len(found) * OTHERS : (len(found) + 1) * OTHERS]
        shown = [*beside[:place], articles[wanted.pop()], *beside[place:]]
        sources = [_source(article, rank) for rank, article in enumerate(shown, start=1)]
        found.append((Question(row["text"], language="zh"), sources, place + 1))
    return found


def _source(article: dict[str, str], rank: int) -> Retrieved:
    text = article["text"]
    passage = Passage(
        id=article["_id"],
        document_id=article["_id"],
        title=article["title"],
        locator="",
        span=Span(0, len(text)),
        text=text,
    )
    return Retrieved(passage, 1.0, rank)


def _speed(engine: Any, asked: list[tuple[Question, list[Retrieved], int]]) -> dict[str, object]:
    text = "".join(each.passage.text for _, sources, _ in asked for each in sources)
    while engine.count(text) > LONG - 40:
        text = text[: -len(text) // 20 or -1]
    engine.generate(Prompt((Message("user", "你好"),)))
    prompt = Prompt((Message("user", f"{text}\n\n请概括以上法律条文的主要内容。"),))
    usage = engine.generate(prompt).usage  # of at most ANSWER tokens
    writing = usage.seconds - usage.first_token_seconds
    return {
        "prompt tokens": usage.prompt_tokens,
        "first token s": usage.first_token_seconds,
        "tokens/s": (usage.completion_tokens - 1) / writing if writing else 0.0,
    }


def _answers(engine: Any, asked: list[tuple[Question, list[Retrieved], int]]) -> dict[str, object]:
    """Return how often the gold article is the first that is cited: by the model, and as shown."""
    named, shown, stood_in = list[int](), list[int](), 0
    begun = time.perf_counter()
    for question, sources, gold in asked:
        made = answered(engine, Prompt((), tuple(sources), question), domain="legal")
        answer = made.written.answer
        stood_in += made.written.generation.model != engine.id
        wrote = [int(number) for number in MARKER.findall(made.text)]
        cited = [int(number) for number in MARKER.findall(answer.text)]
        named.append(_which(wrote, gold))
        shown.append(_which(cited, gold))
        print(
            f"{question.text} [{gold}]\n  {made.text}\n  => {answer.text}\n"
            f"  {time.perf_counter() - begun:.0f} s",
            flush=True,
        )
    return {
        "model cites gold / other / none": " / ".join(str(named.count(i)) for i in range(3)),
        "shown cites gold / other / none": " / ".join(str(shown.count(i)) for i in range(3)),
        "stood in for": stood_in,
    }


def _which(numbers: list[int], gold: int) -> int:
    """Return 0 where the first of ``numbers`` is ``gold``, 1 where another is, 2 without any."""
    return 2 if not numbers else int(numbers[0] != gold)


if __name__ == "__main__":
    main()
