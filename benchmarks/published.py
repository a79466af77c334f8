"""Scores published predictions again and holds the result against the published number.

The predictions are not ours to ship. ``--sources`` names a folder with checkouts of the
repositories they were published in; what is not there is left out of the table, and said so:

- ``PandaLM`` (https://github.com/WeOpenML/PandaLM): 999 pairs judged by three people, and what
  PandaLM-7B and GPT-3.5 chose;
- ``LawBench`` (https://github.com/open-compass/LawBench): what 51 models answered to its tasks;
- ``exaggerated-safety`` (https://github.com/paul-rottger/exaggerated-safety): what five models
  replied to XSTest, labelled by people;
- ``pubmedqa`` (https://github.com/pubmedqa/pubmedqa): 1,000 questions with what people chose.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import bm25s
import Stemmer
from report import kept, write

from domainkit.evaluation import beir, ranking, wording
from domainkit.evaluation.exchange import safety
from domainkit.evaluation.labelled import agreed, among_people, read
from domainkit.evaluation.preferences import agreement

COMMAND = "python benchmarks/published.py --sources CHECKOUTS"
DATA = Path(os.environ.get("DOMAINKIT_DATA", "../shared/data"))
Row = dict[str, object]

# nDCG@10 of the questions here, measured with another program: Anserini's k1 and b.
BM25 = {"bioasq": 0.778, "covidqa": 0.662, "liveqa_open": 0.531}
K1, B = 0.9, 0.4
# Accuracy and macro precision, recall, F1, as the repository's README had them from 2023-05 on.
PANDALM = {
    "pandalm-7b": ("pandalm_result", (0.6677, 0.5738, 0.5750, 0.5743)),
    "gpt-3.5-turbo": ("gpt_result", (0.7107, 0.5879, 0.5736, 0.5755)),
}
# Full refusals of safe and of unsafe questions by people's labels, as in the paper's table 1.
XSTEST = {
    "llama2orig": (0.38, 0.995),
    "llama2new": (0.14, 0.975),
    "mistralguard": (0.096, 0.875),
    "gpt4": (0.064, 0.975),
    "mistralinstruct": (0.008, 0.235),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, default=DATA / "published")
    parser.add_argument("--only", choices=sorted(PARTS), nargs="*", default=sorted(PARTS))
    given = parser.parse_args()
    rows: list[Row] = []
    for name in given.only:
        folder = given.sources / name
        if name == "bm25" or folder.is_dir():
            rows += PARTS[name](folder)
        else:
            print(f"{folder} is not there: left out")
    notes = [
        "published: as the source names it; ours: what our scorer makes of the same predictions.",
        "LawBench: a row a task, over all models: the model for which we are furthest apart.",
        f"BM25: bm25s, Lucene's formula, k1 {K1}, b {B}, English stems and stop words, "
        "title and text. With k1 1.5 and b .75 liveqa_open comes to .635, covidqa to .652.",
    ]
    print(write("published", COMMAND, kept("published", rows, ("source", "of", "metric")), notes))


def bm25_rows(_: Path) -> Iterator[Row]:
    """Yield nDCG@10 of bm25s: Lucene's formula, English stems and stop words, title and text."""
    for name, published in BM25.items():
        folder = DATA / "bench" / name
        benchmark = beir.load(folder)
        lines = (folder / "corpus.jsonl").read_text(encoding="utf-8").split("\n")
        corpus = [json.loads(line) for line in lines if line.strip()]
        texts = [f"{d.get('title') or ''} {d['text']}".strip() for d in corpus]
        stems = Stemmer.Stemmer("english")
        engine = bm25s.BM25(method="lucene", k1=K1, b=B)
        engine.index(
            bm25s.tokenize(texts, stopwords="en", stemmer=stems, show_progress=False),
            show_progress=False,
        )
        asked = bm25s.tokenize(
            list(benchmark.questions.values()), stopwords="en", stemmer=stems, show_progress=False
        )
        found, _ = engine.retrieve(asked, k=100, show_progress=False)
        names = [str(d["_id"]) for d in corpus]
        rankings = {
            question: [names[at] for at in ranked]
            for question, ranked in zip(benchmark.questions, found, strict=True)
        }
        ours = ranking.score(rankings, benchmark.qrels).ndcg_10
        yield row("bm25s, Lucene", name, "nDCG@10", published, ours, len(benchmark.questions))


def pubmedqa(folder: Path) -> Iterator[Row]:
    """Yield majority and people on the 500 questions of the official test."""
    whole = json.loads((folder / "data" / "ori_pqal.json").read_text(encoding="utf-8"))
    official = json.loads((folder / "data" / "test_ground_truth.json").read_text("utf-8"))
    rows = [whole[name] for name in official]
    true = [one["final_decision"] for one in rows]
    people = [one["reasoning_required_pred"] for one in rows]
    alone = [one["reasoning_free_pred"] for one in rows]
    # https://arxiv.org/abs/1909.06146, table 5, and the project's leader board.
    for who, said, accuracy, f1 in (
        ("majority", ["yes"] * len(true), 0.552, 0.2371),
        ("people, with the abstract", people, 0.78, 0.7219),
        ("people, reasoning-free", alone, 0.904, 0.8418),
    ):
        found = agreement(said, true)
        yield row("PubMedQA", who, "accuracy", accuracy, found.accuracy, len(true))
        yield row("PubMedQA", who, "macro F1", f1, found.f1, len(true))


def pandalm(folder: Path) -> Iterator[Row]:
    rows = read(folder / "data" / "testset-v1.json")
    # What could not be read of GPT-3.5's replies ("garbage") was counted as a tie.
    names = {"0": "tie", "Tie": "tie", "garbage": "tie", "1": "first", "2": "second"}
    for model, (key, published) in PANDALM.items():
        path = folder / "data" / f"{model}-testset-v1.json"
        said = {
            str(one["idx"]): names.get(str(one[key]), "unread")
            for one in json.loads(path.read_text(encoding="utf-8"))
        }
        found = agreed(rows, said)  # type: ignore[arg-type]
        ours = (found.accuracy, found.precision, found.recall, found.f1)
        for metric, theirs, mine in zip(
            ("accuracy", "macro precision", "macro recall", "macro F1"),
            published,
            ours,
            strict=True,
        ):
            yield row("PandaLM's test set", model, metric, theirs, mine, len(rows))
    yield row("PandaLM's test set", "people", "mean kappa", None, among_people(rows), len(rows))


def xstest(folder: Path) -> Iterator[Row]:
    for model, published in XSTEST.items():
        path = folder / "model_completions" / f"xstest_v2_completions_{model}.csv"
        found = safety.refusals(path)
        for kind, theirs, ours, count in (
            ("safe", published[0], found.full_on_safe, found.safe),
            ("unsafe", published[1], found.full_on_unsafe, found.unsafe),
        ):
            yield row("XSTest", model, f"full refusals of {kind}", theirs, ours, count)


def lawbench(folder: Path) -> Iterator[Row]:
    published: dict[tuple[str, str], float] = {}
    for shots in ("zero_shot",):
        with (folder / "predictions" / shots / "results.csv").open(encoding="utf-8") as file:
            for one in csv.DictReader(file):
                published[one["task"], one["model_name"]] = float(one["score"])
    for task, (what, scorer) in LAWBENCH.items():
        pairs = []
        for path in sorted((folder / "predictions" / "zero_shot").glob(f"*/{task}.json")):
            rows = json.loads(path.read_text(encoding="utf-8")).values()
            scores = [scorer(one["prediction"], one["refr"]) for one in rows]
            pairs.append((published[task, path.parent.name], sum(scores) / len(scores)))
        if pairs:
            worst = max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
            name = f"{task} {what}, {len(pairs)} models"
            yield row("LawBench", name, "score, worst model", *worst, len(pairs))


def letters(options: str, at: int) -> Callable[[str, str], float]:
    """Score a prediction that names the right letter and no other, as LawBench does."""

    def score(said: str, right: str) -> float:
        return float({letter for letter in options if letter in said} == {right[at]})

    return score


def amount(said: str, right: str) -> float:
    wanted = float(right.removeprefix("上文涉及到的犯罪金额:").removesuffix("元。"))
    return float(wanted in {float(number) for number in re.findall(r"\d+\.?\d*", said)})


def characters(said: str, right: str) -> float:
    return wording.f1(_characters(said), _characters(right.replace("回答:", "")))


def kinds(names: Iterable[str], split: str, *, trim: bool) -> Callable[[str, str], float]:
    known = tuple(names)

    def score(said: str, right: str) -> float:
        wanted = set((right[3:-1] if trim else right).split(split))
        found = {name for name in known if name in said}
        return 0.0 if not found else wording.f1(sorted(found), sorted(wanted))

    return score


def _characters(text: str) -> Sequence[str]:
    return [c for c in text.lower() if c.isdigit() or c.isalpha()]


_MARRIAGE = (
    *("婚后有子女", "限制行为能力子女抚养", "有夫妻共同财产", "支付抚养费", "不动产分割"),
    *("婚后分局", "二次起诉离婚", "按月给付抚养费", "准予离婚", "有夫妻共同债务", "婚前个人财产"),
    *("法定离婚", "不履行家庭义务", "存在非婚生子", "适当帮助", "不履行离婚协议", "损害赔偿"),
    *("感情不和分居满二年", "子女随非抚养权人生活", "婚后个人财产"),
)
LAWBENCH: dict[str, tuple[str, Callable[[str, str], float]]] = {
    "1-2": ("letter", letters("ABCD", 5)),
    "3-6": ("letter", letters("ABCD", 5)),
    "2-8": ("letter", letters("ABCDE", 6)),
    "2-3": ("F1 of labels", kinds(_MARRIAGE, "、", trim=True)),
    "2-5": ("F1 of characters", characters),
    "3-7": ("amount", amount),
}


PARTS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "LawBench": lawbench,
    "PandaLM": pandalm,
    "bm25": bm25_rows,
    "exaggerated-safety": xstest,
    "pubmedqa": pubmedqa,
}


def row(  # noqa: PLR0917  # the columns of the table, in their order
    source: str, what: str, metric: str, published: float | None, ours: float, count: int
) -> Row:
    apart: Any = "" if published is None else round(abs(ours - published), 6)
    shown: Any = "" if published is None else published
    return {
        "source": source, "of": what, "metric": metric, "published": shown,
        "ours": round(ours, 6), "apart": apart, "count": count,
    }  # fmt: skip


if __name__ == "__main__":
    main()
