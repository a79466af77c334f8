"""Asks the gate about adapters of an assistant, and one that noise has spoilt; writes a table.

    python benchmarks/gating.py ASSISTANT ADAPTER... [--only TAG] [--noise .02] [--kept]

ASSISTANT is an ingested assistant's folder. With ``--noise`` an adapter of random numbers of that
spread is made beside the others, which the gate must refuse. Verdicts are kept with the adapters,
answers as `domainkit eval` keeps them: stop it and start it again as you like. ``--kept`` asks
nothing and takes the verdicts that `domainkit adapters gate` left.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import random_adapter
from report import kept as kept_rows
from report import write

from domainkit.assistant import Assistant
from domainkit.evaluation import general
from domainkit.evaluation.promotion import Asking, gate
from domainkit.generation import gated
from domainkit.generation.adapters import Adapters
from domainkit.generation.prompt import template_hash
from domainkit.models import cache
from domainkit.packs.schemas.adapter import MANIFEST

MODEL = "smollm2-135m-instruct"
NOISE = "noise"
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assistant", type=Path)
    parser.add_argument("adapters", nargs="*")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--noise", type=float)
    parser.add_argument("--general", type=int, default=1, help="ask one in so many")
    parser.add_argument("--kept", action="store_true")
    given = parser.parse_args()
    rows = []
    with closing(Assistant.open(given.assistant)) as assistant:
        kept = Adapters(assistant.layout.adapters)
        names = [*given.adapters]
        if given.noise:
            names.append(NOISE)
            if NOISE not in kept.names():
                _spoil(assistant, kept.folder / NOISE, given.noise)
        for name in names:
            adapter = kept.get(name)
            probes = general.probes()[:: given.general]
            asking = Asking(tuple(given.only), progress=_tell, questions=probes)
            verdict = gated.read(adapter) if given.kept else None
            if verdict is None:
                verdict = gate(assistant, adapter, asking, now=datetime.now(UTC))
                gated.write(adapter, verdict)
            rows += [
                {
                    "adapter": name,
                    "area": one.area,
                    "metric": one.metric,
                    "base": f"{one.before:.3f}",
                    "with it": f"{one.after:.3f}",
                    "difference, 95 %": f"{one.after - one.before:+.3f} "
                    f"[{one.low:+.3f}, {one.high:+.3f}]",
                    "p": f"{one.chance:.4f}",
                    "questions": one.count,
                    "": "better" if one.gained else "worse" if one.lost else "",
                }
                for one in verdict.measured
            ]
    command = " ".join(["python benchmarks/gating.py ASSISTANT", *sys.argv[2:]])
    table = kept_rows("gate", rows, ("adapter", "metric"))
    print(write("gate", command, table, [*_said(assistant), *NOTES]))


NOTES = [
    "the command is that of the last rows; the reasons say which questions the others were asked",
    "embedded-1: the recipe `embedded` as it was, 40 steps of 4 rows; embedded-2: 24 steps "
    "without the rows of which the answer was taken away (refusals: 0)",
    "embedded-3: 200 steps of 4 rows, rank 8, 743 answers and 356 refusals of three packs in the "
    "order that retrieval gives their sources, 54 minutes on two busy cores; embedded-4: 100 "
    "steps, 786 answers of up to three sentences and 166 refusals, 24 minutes",
    "PACK-embedded: made by the recipe `embedded` as it is, and brought by the pack if it passed; "
    "since these a model's answer is completed by the documents' own sentences, or stood in for "
    "by them where it is of other sources, for the base as well",
    "the assistant is `domainkit new clinic --domain medical` (`legal`, `biomedical`) with the "
    "pack's own texts, tier embedded, English questions",
    f"{NOISE}: a LoRA of random numbers with the record of a real one",
    "better: by more than chance among the domain's metrics (Holm); worse: by more than .02, or "
    "by more than chance",
]


def _said(assistant: Assistant) -> Iterator[str]:
    """Yield the verdict on each adapter that was judged."""
    for adapter in Adapters(assistant.layout.adapters).all():
        if verdict := gated.read(adapter):
            said = "passed" if verdict.passed else "refused: " + "; ".join(verdict.reasons)
            yield f"{adapter.manifest.name}: {said}"


def _spoil(assistant: Assistant, folder: Path, spread: float) -> None:
    made = random_adapter.write(folder, cache.path(MODEL), seed=SEED, spread=spread)
    path = made.folder / MANIFEST
    record = json.loads(path.read_text(encoding="utf-8"))
    record["pack"]["prompt"] = template_hash(assistant.pack)
    record["recipe"] = {"data": [{"languages": ["en"]}], "method": {"name": "lora"}}
    path.write_text(json.dumps(record), encoding="utf-8")


def _tell(done: int, total: int) -> None:
    if done % 20 == 0 or done == total:
        print(f"{done} of {total}", flush=True)


if __name__ == "__main__":
    main()
