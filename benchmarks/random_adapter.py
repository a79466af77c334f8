"""A random LoRA with the record of a real one, for benchmarks that compare engines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from domainkit.generation.adapters import Adapter
from domainkit.generation.base_model import open_base
from domainkit.models import cache, families
from domainkit.packs.schemas.adapter import (
    MANIFEST,
    WEIGHTS,
    Canary,
    Manifest,
    TunedBase,
    TunedPack,
    TunedRows,
)
from domainkit.packs.schemas.recipe import Lora
from domainkit.training.methods import attach


def write(folder: Path, base: Path, *, seed: int, spread: float = 0.02) -> Adapter:
    """Write an adapter of the llama at ``base``; ``spread`` is of its otherwise empty half."""
    opened = open_base(base)
    method = Lora(r=8, alpha=16)
    model = attach(opened.model, method, families.find("llama").targets, seed=seed)
    for name, weight in model.named_parameters():
        if ".lora_B." in name:
            weight.data.normal_(0, spread)
    model.save_pretrained(folder, save_embedding_layers=False)
    record = Manifest(
        schema=1,
        name=folder.name,
        created=datetime.now(UTC),
        weights=cache.sha256(folder / WEIGHTS),
        recipe_given="none",
        recipe={},
        base=TunedBase(
            name=base.name,
            fingerprint=opened.fingerprint,
            chat=opened.text.chat.hash,
            licence="none",
        ),
        pack=TunedPack(name="none", version="0", fingerprint="none", prompt="none"),
        rows=TunedRows(sha256="none", answers=0, refusals=0, licences={}, origins={}),
        losses=(0.0,),
        tokens=0,
        seconds=0.0,
        canary=Canary(rows=0, before=0.0, after=0.0),
        machine="",
        libraries={},
    )
    (folder / MANIFEST).write_text(record.model_dump_json(by_alias=True), encoding="utf-8")
    return Adapter(folder, record)
