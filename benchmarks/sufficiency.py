"""Fits the model behind ``sufficiency`` for each pack and says how well it tells when to refuse.

    python benchmarks/sufficiency.py [DATA] [--cases FILE] [--fit-only] [--write] [--note TEXT]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. ``--write``
puts what was fitted into each pack's ``sufficiency.yaml``. ``--cases`` keeps what was measured in
a file: what is there already is not searched again, and with ``--fit-only`` nothing is.

Each question is asked twice: as it is, and with its relevant documents left out. Each set is also
searched in samples of its documents, and the packs' own corpora and the examples are asked too:
an assistant may hold twenty passages as well as thousands.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean

import yaml
from curves import curves
from report import RESULTS, write
from sufficiency_cases import SAMPLES, of_benchmark, of_examples, of_pack

from domainkit.evaluation import risk
from domainkit.evaluation.sufficiency import Case, calibrate, fit, measure, said
from domainkit.packs.schemas.sufficiency import Fitted, Searched

ROOT = Path(__file__).parents[1]
COMMAND = "python benchmarks/sufficiency.py --write"
# Each pack is fitted on the sets of its domain; for law there is none in English with questions
# that a document answers, so that it takes the others'.
ENGLISH = {
    "medical": ("medquad", "liveqa_open", "covidqa"),
    "biomedical": ("scifact", "pubmedqa", "covidqa"),
    "legal": ("scifact", "pubmedqa", "medquad", "covidqa"),
}
SETS = ("scifact", "pubmedqa", "medquad", "covidqa", "liveqa_open", "stard_zh")
# Chosen among some thirty sets of features by how the packs' evaluation questions, which fitted
# nothing, are told apart (docs/decisions/sufficiency.md).
_WORDS = (
    *("score", "words_lead", "subject", "coverage", "together", "missing", "telling", "figure"),
    *("no_figure", "rarity", "score*rarity", "subject*rarity", "missing*rarity", "length"),
)
FEATURES: dict[Searched, tuple[str, ...]] = {
    "en-vectors": (*_WORDS, "similarity", "similarity_field"),
    "en-words": _WORDS,
    "zh-words": _WORDS,
}
HEAD = """\
# How this pack tells whether what was found suffices. Fitted, not written, by
#   python benchmarks/sufficiency.py --write
# The names are explained in domainkit/guards/evidence.py.
"""
NOTES = [
    "a refusal is right when no relevant passage is among the five given to the generator",
    "precision, recall: of refusals, at the threshold; ECE: in ten bins of equal width; area: the "
    "chance that a case that suffices is surer than one that does not",
    "half of the questions fitted each pack's model; the figures are of the other half",
    "whether a figure that is asked for stands in the passages is learnt from the packs' own "
    "questions and the examples alone: of the sets it is known which document answers, not where",
    "answered: share of the questions; risk: share of these whose sources do not suffice; "
    "mean_risk: the same over all thresholds (sufficiency-PACK.svg shows them)",
    "own: the packs' corpora; their training questions fitted, their evaluation questions "
    "measure; examples: the questions of benchmarks/questions over examples/",
]
RISK_NOTES = [
    "promised: the share of all questions, asked with and without their documents, that are "
    "answered though the sources do not suffice; the threshold comes from questions of the "
    "fitting half that the model judging them had not seen, the figures from the other half",
    "whole sets of the pack's domain; a promise is for questions like those it was made with",
]
OWN = 50  # questions of a corpus that an owner may well judge
OWN_NOTES = [
    "whole sets, on the half of the questions that fitted nothing; a model of the other sets has "
    "seen no question of this one, as the packs' models have seen none of an owner's",
    f"calibrated: scale and intercept moved by {OWN} of the set's other half, each asked as it is "
    "and with its documents left out, as domainkit bench sufficiency does",
]


def main() -> None:
    asked = _arguments()
    cases = list(_cases(asked.data / "bench", asked.cases, search=not asked.fit_only))
    rows, kept = [], []
    for pack in ENGLISH:
        models, report = _fitted(pack, cases)
        rows += report
        kept += _kept(pack, models, cases)
        (RESULTS / f"sufficiency-{pack}.svg").write_text(_drawn(pack, models, cases), "utf-8")
        if asked.write:
            _write(pack, models, report)
    print(write("sufficiency", COMMAND, rows, [*NOTES, *asked.note]))
    print(write("sufficiency-risk", COMMAND, kept, [*RISK_NOTES, *asked.note]))
    owned = list(_owned(cases))
    print(write("sufficiency-own", COMMAND, [*owned, *_means(owned)], [*OWN_NOTES, *asked.note]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fit and measure the model behind sufficiency.")
    default = os.environ.get("DOMAINKIT_DATA", "../shared/data")
    parser.add_argument("data", nargs="?", type=Path, default=Path(default))
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--fit-only", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--note", action="append", default=[])
    return parser.parse_args()


def _cases(bench: Path, kept: Path | None, *, search: bool) -> Iterator[Case]:
    """Yield what was kept, then what is not kept yet; keep that."""
    lines = kept.read_text("utf-8").splitlines() if kept and kept.is_file() else []
    known = [Case(**json.loads(line)) for line in lines]
    yield from known
    have = {(case.searched, case.corpus, case.size) for case in known}
    for searched, corpus, size, made in _work(bench) if search else ():
        if (searched, corpus, size) in have:
            continue
        print(searched, corpus, size or "", file=sys.stderr)
        cases = list(made())
        if kept:
            with kept.open("a", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(asdict(case))}\n" for case in cases)
        yield from cases


def _work(bench: Path) -> Iterator[tuple[Searched, str, int, Callable[[], Iterable[Case]]]]:
    """Yield what is to be asked: how, of which corpus and how much of it, and what asks it."""
    for searched in FEATURES:
        language = searched[:2]
        for pack in ENGLISH:
            yield searched, f"own of {pack}", 0, partial(of_pack, pack, searched)
        yield searched, "examples", 0, partial(of_examples, searched)
        for name in SETS:
            if (language == "zh") != name.endswith("_zh"):
                continue
            for size in (0, *SAMPLES):
                yield searched, name, size, partial(of_benchmark, bench / name, searched, size)


def _fitted(
    pack: str, cases: Sequence[Case]
) -> tuple[dict[Searched, Fitted], list[dict[str, object]]]:
    """Return a pack's models, each fitted on half of its questions and reported on the other."""
    models: dict[Searched, Fitted] = {}
    report: list[dict[str, object]] = []
    for searched, names in FEATURES.items():
        alike = [case for case in cases if case.searched == searched]
        ours = [case for case in alike if _concerns(pack, case)]
        if all(_is_small(case) for case in ours):  # no set of its own was searched in this way
            ours = alike
        models[searched] = fit([_known(case) for case in ours if case.fits], names)
        groups = dict.fromkeys((case.corpus, case.size) for case in ours)
        for corpus, size in groups:
            held = [c for c in ours if (c.corpus, c.size) == (corpus, size) and not c.fits]
            if held:
                told = asdict(measure(held, models[searched]))
                about = {"pack": pack, "searched": searched, "set": corpus}
                rounded = {k: round(v, 3) for k, v in told.items()}
                report.append(about | {"documents": held[0].documents} | rounded)
    return models, report


def _known(case: Case) -> Case:
    """Return a case with what is known of its passages: of a set's, not whether they tell."""
    if _is_small(case):
        return case
    unknown = {"figure": 0.0, "no_figure": 0.0, "telling": case.measured["sentence"]}
    return replace(case, measured={**case.measured, **unknown})


def _held(pack: str, searched: Searched, cases: Sequence[Case]) -> list[Case]:
    """Return the cases of whole sets of a pack's domain that measure."""
    return [
        case
        for case in cases
        if case.searched == searched
        and not (case.fits or case.size or _is_small(case))
        and _concerns(pack, case)
    ]


def _kept(
    pack: str, models: dict[Searched, Fitted], cases: Sequence[Case]
) -> Iterator[dict[str, object]]:
    """Yield what each promised risk comes to, on questions that fitted nothing."""
    for searched, fitted in models.items():
        held = _held(pack, searched, cases)
        for promise in fitted.promises if held else ():
            told = measure(held, fitted.within(promise.risk))
            yield {
                "pack": pack,
                "searched": searched,
                "promised": promise.risk,
                "threshold": promise.threshold,
                "asked": told.asked,
                "answered": round(told.answered, 3),
                "answered wrongly, of all": round(told.answered * told.risk, 3),
                "of those answered": round(told.risk, 3),
            }


def _owned(cases: Sequence[Case]) -> Iterator[dict[str, object]]:
    """Yield what an owner's questions are worth on each whole set: none, some, or half of them."""
    for searched, names in FEATURES.items():
        alike = [case for case in cases if case.searched == searched and not _is_small(case)]
        for corpus in dict.fromkeys(case.corpus for case in alike if not case.size):
            whole = [case for case in alike if case.corpus == corpus and not case.size]
            fitting = [case for case in whole if case.fits]
            held = [case for case in whole if not case.fits]
            some = list(dict.fromkeys(case.question for case in fitting))[:OWN]
            own = [case for case in fitting if case.question in some]
            ways = {"a model of its own": fit(fitting, names)}
            if others := [case for case in alike if case.fits and case.corpus != corpus]:
                unseen = fit(others, names)
                ways |= {
                    "a model of the other sets": unseen,
                    f"the same, calibrated by {len(some)} questions": calibrate(own, unseen),
                }
            for way, fitted in ways.items():
                told = asdict(measure(held, fitted))
                told = {name: round(value, 3) for name, value in told.items()}
                yield {"searched": searched, "set": corpus, "judged by": way, **told}


def _means(rows: Sequence[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield the means over the sets of words and of vectors, a way of judging at a time."""
    kinds: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in rows:
        way = str(row["judged by"]).partition(" by ")[0]
        kinds.setdefault((str(row["searched"]).partition("-")[2], way), []).append(row)
    for (kind, way), ours in kinds.items():
        numbers = [name for name, value in ours[0].items() if isinstance(value, float)]
        means = {n: round(fmean(float(str(row[n])) for row in ours), 3) for n in numbers}
        about = {"searched": kind, "set": f"mean of {len(ours)}", "judged by": way, "asked": ""}
        yield about | means


def _drawn(pack: str, models: dict[Searched, Fitted], cases: Sequence[Case]) -> str:
    """Return the plot of a pack: what share of answers lacks sources, by how many are given."""
    named: dict[str, list[tuple[float, float]]] = {}
    for searched, fitted in models.items():
        held = _held(pack, searched, cases)
        for corpus in dict.fromkeys(case.corpus for case in held):
            ours = [case for case in held if case.corpus == corpus]
            points = risk.curve(said(ours, fitted).tolist(), [case.suffices for case in ours])
            named[f"{corpus} {searched}"] = [(x, y) for x, y in points.tolist()]
    return curves(named, across="share of questions answered", up="risk")


def _concerns(pack: str, case: Case) -> bool:
    return _is_small(case) or case.searched.startswith("zh") or case.corpus in ENGLISH[pack]


def _is_small(case: Case) -> bool:
    return case.corpus == "examples" or case.corpus.startswith("own of ")


def _write(pack: str, models: dict[Searched, Fitted], report: Sequence[dict[str, object]]) -> None:
    body = {
        "made": {
            "by": "python benchmarks/sufficiency.py --write",
            "date": datetime.now(UTC).date().isoformat(),
        },
        "models": {
            name: fitted.model_dump(mode="json", exclude={"scale", "shift"})
            for name, fitted in models.items()
        },
        "report": [{k: v for k, v in row.items() if k != "pack"} for row in report],
    }
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=96)
    (ROOT / "domains" / pack / "sufficiency.yaml").write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
