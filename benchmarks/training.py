"""Trains the embedded model for 20 LoRA steps and asks it what it has not seen, with and without.

    python benchmarks/training.py [PACK ...]

Every eighth row of a pack is held out of training. Loss is the mean negative log-probability of
an answer token. Two tables are written: `training`, a line a pack, and `training-answers`, a line
a held-out row. Needs the embedded model: domainkit models fetch smollm2-135m-instruct.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from report import write

from domainkit.generation.adapters import Adapter, Adapters
from domainkit.generation.base_model import open_base
from domainkit.generation.merging import reopen
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.packs import loader
from domainkit.packs.schemas.rows import MARKER
from domainkit.settings import Settings
from domainkit.training import recipe
from domainkit.training.examples import Example
from domainkit.training.likelihood import mean_log_probability
from domainkit.training.loop import Step
from domainkit.training.plan import Plan, plan
from domainkit.training.run import run

STEPS = 20
EVERY = 8  # one row in so many is held out
ANSWER = 80  # tokens
COMMAND = "python benchmarks/training.py"


def main() -> None:
    packs = sys.argv[1:] or ["medical"]
    measured = [_measured(pack) for pack in packs]
    notes = [
        f"recipe embedded, {STEPS} steps; every {EVERY}th row held out; one run",
        "training s: the steps alone; run s: with opening the model and measuring its own rows",
        "processor s: of all cores in that run, whatever else kept the machine busy",
        "loss: mean negative log-probability of an answer token, base -> adapter",
        "cited: answers with exactly the row's citations, and refusals word for word",
        "20 steps show that training works; they make no adapter to use",
    ]
    command = " ".join([COMMAND, *sys.argv[1:]])
    print(write("training", command, [line for line, _ in measured], notes))
    print(write("training-answers", command, [row for _, rows in measured for row in rows]))


def _measured(pack: str) -> tuple[dict[str, object], list[dict[str, object]]]:
    loaded = loader.load(pack)
    named = recipe.find(loaded, "embedded").with_steps(STEPS)
    base = recipe.locate(named.recipe.base)
    whole = plan(loaded, named, prompt_tokens=Settings().generation.prompt_tokens)
    trained = _part(whole, [i for i in range(len(whole.examples)) if i % EVERY])
    unseen = _part(whole, range(0, len(whole.examples), EVERY))
    with tempfile.TemporaryDirectory() as folder:
        begun, worked = time.perf_counter(), time.process_time()
        adapter = run(
            trained, adapters=Path(folder), name=pack, now=datetime.now(UTC), progress=_tell
        )
        seconds, work = time.perf_counter() - begun, time.process_time() - worked
        before, after = _losses(base, unseen, adapter)
        answers = list(_answers(base, unseen, adapter))
    record = adapter.manifest
    line: dict[str, object] = {
        "pack": pack,
        "rows": len(trained.examples),
        "steps": len(record.losses),
        "training s": record.seconds,
        "run s": round(seconds, 1),
        "processor s": round(work, 1),
        "own rows, loss": f"{-record.canary.before:.3f} -> {-record.canary.after:.3f}",
        "held out": len(unseen.examples),
        "held out, loss": f"{before:.3f} -> {after:.3f}",
        "answers changed": sum(row["base"] != row["adapter"] for row in answers),
        "cited": f"{sum(row.pop('base cites') for row in answers)} -> "
        f"{sum(row.pop('adapter cites') for row in answers)}",
    }
    return line, answers


def _part(whole: Plan, chosen: Sequence[int]) -> Plan:
    return replace(
        whole,
        examples=tuple(whole.examples[i] for i in chosen),
        encoded=tuple(whole.encoded[i] for i in chosen),
    )


def _losses(base: Path, unseen: Plan, adapter: Adapter) -> tuple[float, float]:
    plain = open_base(base).model
    before = -mean_log_probability(plain, unseen.encoded)
    return before, -mean_log_probability(reopen(plain, adapter.folder), unseen.encoded)


def _answers(base: Path, unseen: Plan, adapter: Adapter) -> Iterator[dict[str, Any]]:
    generator = PeftGenerator(
        base,
        name=unseen.base_name,
        max_tokens=ANSWER,
        adapters=Adapters(adapter.folder.parent),
        prompt_hash=adapter.manifest.pack.prompt,
    )
    for example in unseen.examples:
        plain = generator.generate(example.prompt).text
        tuned = generator.generate(example.prompt, adapter=adapter.manifest.name).text
        yield {
            "row": example.id,
            "question": example.prompt.question.text if example.prompt.question else "",
            "wanted": example.answer,
            "base": plain,
            "adapter": tuned,
            "base cites": _right(plain, example),
            "adapter cites": _right(tuned, example),
        }


def _right(answer: str, example: Example) -> bool:
    if example.refusal:
        return answer == example.answer
    return set(MARKER.findall(answer)) == set(MARKER.findall(example.answer))


def _tell(step: Step) -> None:
    print(f"step {step.number}/{step.of} loss {step.loss:.3f} {step.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
