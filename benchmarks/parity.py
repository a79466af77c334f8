"""Exports an adapter of the embedded model in every form and writes how far each is off.

    python benchmarks/parity.py

The adapter is a random LoRA of r 8 on every linear layer: what is compared are engines, not
answers. Rows of q and k in the wrong order and a template that has lost a line break are planted:
the gate must refuse both. Needs the embedded model: domainkit models fetch smollm2-135m-instruct.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from report import write

from domainkit.errors import GateFailed
from domainkit.generation import export, gguf_lora, ollama
from domainkit.generation.adapters import (
    MANIFEST,
    WEIGHTS,
    Adapter,
    Canary,
    Manifest,
    TunedBase,
    TunedPack,
    TunedRows,
)
from domainkit.generation.base_model import open_base
from domainkit.generation.export import Export, Form
from domainkit.generation.template import ChatTemplate
from domainkit.models import cache, families
from domainkit.packs.schemas.recipe import Lora
from domainkit.training.lora import attach

MODEL = "smollm2-135m-instruct"
FORMS: tuple[Form, ...] = ("merged", "gguf", "ollama")
SPREAD = 0.02  # of the random half of the LoRA
SEED = 20


def main() -> None:
    base = cache.path(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        adapter = _random(place / "adapters" / "random", base)
        rows = [
            _line(export.export(adapter, form, base=base, target=place / form)) for form in FORMS
        ]
        with patch.object(gguf_lora, "ordered", lambda rows, *_: rows):
            rows.append(_planted("gguf, rows not put in order", adapter, base, "gguf"))
        with patch.object(ollama, "template", _drifted(ollama.template)):
            rows.append(_planted("ollama, a line break lost", adapter, base, "ollama"))
    notes = [
        f"{MODEL} (Q4_1), a random LoRA of r 8 on every linear layer, seed {SEED}",
        "mean and worst: of the log-probabilities of PEFT's 20 likeliest next tokens, in float32",
        "prompts: English and Chinese; all are read as the same tokens, or the export is refused",
        "first alike: prompts whose likeliest next token is the same",
    ]
    print(write("parity", "python benchmarks/parity.py", rows, notes))


def _line(done: Export) -> dict[str, object]:
    apart = done.parity
    return {
        "form": done.form,
        "prompts": apart.prompts,
        "mean": apart.mean,
        "worst": apart.worst,
        "allowed": done.limit,
        "first alike": apart.same_first,
        "outcome": "handed out",
    }


def _planted(what: str, adapter: Adapter, base: Path, form: Form) -> dict[str, object]:
    try:
        done = export.export(adapter, form, base=base, target=adapter.folder.parent / "planted")
    except GateFailed as error:
        none = dict.fromkeys(("prompts", "mean", "worst", "allowed", "first alike"), "-")
        return {"form": what, **none, "outcome": f"refused: {error.message}"}
    return {**_line(done), "form": what, "outcome": "HANDED OUT"}


def _drifted(made: Any) -> Any:
    def template(chat: ChatTemplate, **more: Any) -> str:
        return str(made(chat, **more)).replace("<|im_end|>\n", "<|im_end|>")

    return template


def _random(folder: Path, base: Path) -> Adapter:
    """Write a random adapter of ``base`` with the record of a real one."""
    opened = open_base(base)
    targets = families.find("llama").targets
    model = attach(opened.model, Lora(r=8, alpha=16), targets, seed=SEED)
    for name, weight in model.named_parameters():
        if ".lora_B." in name:
            weight.data.normal_(0, SPREAD)
    model.save_pretrained(folder, save_embedding_layers=False)
    record = Manifest(
        schema=1,
        name=folder.name,
        created=datetime.now(UTC),
        weights=cache.sha256(folder / WEIGHTS),
        recipe_given="none",
        recipe={},
        base=TunedBase(
            name=MODEL,
            fingerprint=opened.fingerprint,
            chat=opened.text.chat.hash,
            licence="Apache-2.0",
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


if __name__ == "__main__":
    main()
