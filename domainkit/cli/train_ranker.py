"""``domainkit train ranker``: fit what orders the best passages, on judged questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from domainkit import settings
from domainkit.cli.output import err, out, print_json
from domainkit.cli.train_verifier import app
from domainkit.errors import TrainingError
from domainkit.evaluation import beir, benchmark, ranker, setups
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.ranker import Ranker
from domainkit.retrieval.ranker import LearnedRanker, default

__all__ = ["app"]

EPILOG = (
    "Example: domainkit train ranker medquad · "
    "domainkit train ranker scifact medquad --domain medical --out ranker.yaml"
)
_HEAD = (
    "# How the best passages are ordered. Weights are fitted, by the command below; aspects are\n"
    "# knowledge, and may be added to.\n"
)
# Fewer questions where there is a choice tell little of weights.
_LEAST = 30


@app.command("ranker", epilog=EPILOG)
def train_ranker(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR…", help="Each holds corpus.jsonl, queries.jsonl, qrels.tsv."),
    ],
    *,
    domain: Annotated[
        str | None, typer.Option(help="Fit with this pack's numbers, embedder and aspects.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the ranker here: a pack's ranker.yaml.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Fit a ranker on questions with known answers, and say how it does on those it did not see.

    Every question is ranked by weights fitted without it, and without its set where there are
    several. Nothing is written without --out.
    """
    pack = loader.load(domain) if domain else None
    known = pack.ranker if pack and pack.ranker.aspects else default()
    judged = [beir.load(folder) for folder in folders]
    cases = [case for one in judged for case in _cases(one, pack, LearnedRanker(known))]
    fitted = _fitted(known, judged, cases)
    said: dict[str, Any] = fitted.model_dump(mode="json")
    if to:
        text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=96)
        to.write_text(_HEAD + text, encoding="utf-8")
    if json:
        print_json(said | {"path": str(to) if to else None})
        return
    for row in said["report"]:
        out.print(
            f"{row['set']}: nDCG@10 {row['before']:.4f} before, {row['after']:.4f} after "
            f"(p {row['p']:.4f}; {row['reranked']:.0%} of the questions reranked)",
            markup=False,
        )


def _cases(judged: beir.Benchmark, pack: Pack | None, learned: LearnedRanker) -> list[ranker.Case]:
    """Return a case for each question, with the documents indexed as a benchmark does it."""
    setup, _ = setups.choose(
        benchmark.language(judged), pack=pack, mode="hybrid", embedder="", settings=settings.load()
    )
    with err.status(f"{judged.name} …") as status, benchmark.indexed(judged, setup) as corpus:

        def tell(done: int, total: int) -> None:
            status.update(f"{judged.name}: asked {done} of {total}")

        return list(ranker.collect(judged, corpus, learned, progress=tell))


def _fitted(
    known: Ranker, judged: Sequence[beir.Benchmark], cases: Sequence[ranker.Case]
) -> Ranker:
    """Return the ranker with the aspects of ``known`` and the weights ``cases`` teach."""
    told = sum(case.fits for case in cases)
    if told < _LEAST:
        raise TrainingError(
            f"a ranker learns from questions about works of several passages: {told} here, "
            f"{_LEAST} are needed",
            hint="where works have one or two passages there is nothing for it to order",
        )
    names = " ".join(one.name for one in judged)
    return known.model_copy(
        update={
            "made": {
                "by": f"domainkit train ranker {names}",
                "date": f"{datetime.now(UTC):%Y-%m-%d}",
            },
            "weights": ranker.named(ranker.fit(cases)),
            "report": tuple(ranker.report(cases, {one.name: one.qrels for one in judged})),
        }
    )
