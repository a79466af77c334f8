"""A LoRA adapter small enough to make anew in a test: random, with the record of a real one."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

from domainkit.generation import gated
from domainkit.generation.base_model import fingerprint, open_base, open_text
from domainkit.models import cache
from domainkit.packs.schemas.adapter import (
    CARD,
    MANIFEST,
    WEIGHTS,
    Canary,
    Manifest,
    TunedBase,
    TunedPack,
    TunedRows,
    Verdict,
)


def write_adapter(
    folder: Path, base: Path, *, seed: int, scale: float = 0.3, **changes: str
) -> None:
    """Write an adapter of ``base`` to ``folder``; ``changes`` falsify its record."""
    import peft
    import torch

    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = peft.get_peft_model(
            open_base(base).model,
            peft.LoraConfig(r=4, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"),
        )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=scale) if scale else None
    model.save_pretrained(folder)
    text = open_text(base)
    manifest = Manifest(
        schema=1,
        name=folder.name,
        created=datetime(2026, 1, seed + 1, tzinfo=UTC),
        weights=cache.sha256(folder / WEIGHTS),
        recipe_given="embedded",
        recipe={},
        base=TunedBase(
            name="tiny",
            fingerprint=changes.get("fingerprint", fingerprint(base)),
            chat=changes.get("chat", text.chat.hash),
            licence="none",
        ),
        pack=TunedPack(name="p", version="0.1.0", fingerprint="f", prompt="hash-of-prompts"),
        rows=TunedRows(
            sha256="r", answers=1, refusals=0, licences={"CC0-1.0": 1}, origins={"here": 1}
        ),
        losses=(2.0, 1.0),
        tokens=9,
        seconds=1.0,
        canary=Canary(rows=1, before=-2.0, after=-1.0),
        machine="here",
        libraries={},
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(by_alias=True), encoding="utf-8")
    said = f"# {folder.name}\n\nBase none, rows CC0-1.0, by `{manifest.command}`.\n"
    (folder / CARD).write_text(said, encoding="utf-8")


def judge(folder: Path, *, prompt: str, reasons: tuple[str, ...] = ()) -> None:
    """Have the adapter in ``folder`` tuned with the prompts ``prompt``, and judged by the gate."""
    path = folder / MANIFEST
    record = Manifest.model_validate_json(path.read_text())
    pack = record.pack.model_copy(update={"prompt": prompt})
    path.write_text(record.model_copy(update={"pack": pack}).model_dump_json(by_alias=True))
    gated.put(
        Verdict(
            schema=1,
            adapter=record.name,
            weights=record.weights,
            base=record.base.name,
            prompt=prompt,
            at=record.created,
            command=f"domainkit adapters gate {record.name}",
            languages=("en",),
            margin=0.02,
            runs={},
            suites={},
            measured=(),
            reasons=reasons,
        ),
        folder,
    )
