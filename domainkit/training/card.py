"""The record of an adapter: its manifest for programs and its card for people."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from domainkit import extras
from domainkit.generation.base_model import BaseModel
from domainkit.generation.prompt import template_hash
from domainkit.packs.schemas.adapter import (
    DIGITS,
    Canary,
    Manifest,
    TunedBase,
    TunedPack,
    TunedRows,
)
from domainkit.training import parallel
from domainkit.training.loop import Step
from domainkit.training.plan import Plan

_LIBRARIES = ("torch", "transformers", "peft")


def manifest(
    plan: Plan,
    base: BaseModel,
    steps: Sequence[Step],
    canary: Canary,
    *,
    name: str,
    now: datetime,
) -> Manifest:
    """Return the record of a finished run; the hash of its weights is filled in with the file."""
    recipe, pack = plan.named.recipe, plan.pack
    refusals = sum(row.refusal for row in plan.examples)
    return Manifest(
        schema=1,
        name=name,
        created=now,
        weights="",
        recipe_given=plan.named.given,
        recipe=recipe.model_dump(mode="json", by_alias=True),
        base=TunedBase(
            name=plan.base_name,
            fingerprint=base.fingerprint,
            chat=base.text.chat.hash,
            licence=recipe.base.licence,
        ),
        pack=TunedPack(
            name=pack.name,
            version=pack.manifest.version,
            fingerprint=pack.fingerprint,
            prompt=template_hash(pack),
        ),
        rows=TunedRows(
            sha256=plan.rows_hash,
            answers=len(plan.examples) - refusals + len(plan.imported.rows),
            refusals=refusals,
            licences=plan.licences,
            origins=dict(Counter(_origins(plan))),
            imported={account.path: account.sha256 for account in plan.imported.accounts},
        ),
        losses=tuple(round(step.loss, DIGITS) for step in steps),
        tokens=sum(len(row.trained) for row in plan.witnesses),
        seconds=round(steps[-1].seconds, 1),
        canary=canary,
        machine=machine(),
        threads=extras.load("torch", needed_for="training").get_num_threads(),
        processes=parallel.current().size,
        libraries=versions(),
    )


def markdown(record: Manifest) -> str:
    """Return the card: what the adapter is, what it came from, what it does and does not show."""
    rows, method = record.rows, record.recipe["method"]
    return f"""# {record.name}

{_what(method)} of {record.base.name} for the pack {record.pack.name} {record.pack.version}.
It was trained on the rows named below. How well it answers questions it has not seen is not told
here: `domainkit adapters gate {record.name}` measures it and writes gate.md beside this card.

| | |
|---|---|
| made | {record.created.isoformat(timespec="seconds")} by `{record.command}` |
| base | {record.base.name}, licence {record.base.licence}, SHA-256 `{record.base.fingerprint}` |
| method | {_method(method)} |
| stages | {", ".join(stage["kind"] for stage in record.recipe["stages"])} |
| rows | {rows.answers} answers, {rows.refusals} refusals, SHA-256 `{rows.sha256}` |
| licences of the rows | {_counted(rows.licences)} |
| origins of the rows | {_counted(rows.origins)} |
| prompts | pack fingerprint `{record.pack.fingerprint}`, prompts `{record.pack.prompt}` |
{_files(rows.imported)}| chat template | `{record.base.chat}` |
| training | {len(record.losses)} steps in {record.seconds:.0f} s, {record.tokens} answer tokens |
| machine | {record.machine}; {_run(record)}; {_listed(record.libraries)} |

## What the training did

- Mean loss of an answer token: {record.losses[0]:.3f} at the first step,
  {record.losses[-1]:.3f} at the last.
- On {record.canary.rows} of its own rows, the same measure without and with the adapter:
  {-record.canary.before:.3f} and {-record.canary.after:.3f}. The adapter is active; this says
  nothing of other questions.
- ![Loss by step](losses.svg)
- Loss by step: {" ".join(f"{loss:.2f}" for loss in record.losses)}

## Use

    domainkit ask --adapter {record.name} "…"

It is refused on another base, with another chat template or with other prompts.
`domainkit adapters reproduce {record.name}` trains it again and compares the losses.
"""


def machine() -> str:
    """Return what the run ran on: system, processor and cores."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _origins(plan: Plan) -> Iterator[str]:
    yield from (row.origin for row in plan.examples)
    yield from (row.origin for row in plan.imported.rows)


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide what a run gives."""
    return {library: version(library) for library in _LIBRARIES}


def _what(method: Mapping[str, Any]) -> str:
    names = {"lora": "A LoRA adapter", "full": "A model tuned in every weight"}
    return names.get(method["name"], f"An adapter ({method['name']})")


def _method(method: Mapping[str, Any]) -> str:
    """Return a method and its numbers: "LoRA, r 8, alpha 16, dropout 0.05"."""
    name = {"lora": "LoRA"}.get(method["name"], method["name"])
    numbers = (f"{key} {value}" for key, value in method.items() if isinstance(value, int | float))
    return ", ".join([name, *numbers])


def _run(record: Manifest) -> str:
    """Return what decides to the last bit how a run sums: seed, threads, processes."""
    threads = f"{record.threads} threads" if record.threads else "threads not on record"
    return f"seed {record.recipe.get('seed', 0)}, {record.processes} x {threads}"


def _files(imported: Mapping[str, str]) -> str:
    return "".join(f"| file {name} | SHA-256 `{digest}` |\n" for name, digest in imported.items())


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())
