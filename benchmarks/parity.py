"""Exports an adapter of the embedded model in every form and writes how far each is off.

    python benchmarks/parity.py

The adapter is a random LoRA of r 8 on every linear layer: what is compared are engines, not
answers. Rows of q and k in the wrong order and a template that has lost a line break are planted:
the gate must refuse both. Needs the embedded model: domainkit models fetch smollm2-135m-instruct.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import random_adapter
from report import write

from domainkit.errors import GateFailed
from domainkit.generation import export, gguf_lora, ollama
from domainkit.generation.adapters import Adapter
from domainkit.generation.export import Export, Form
from domainkit.generation.template import ChatTemplate
from domainkit.models import cache

MODEL = "smollm2-135m-instruct"
FIGURES = ("prompts", "mean", "worst", "allowed", "first alike", "float32 mean")
FORMS: tuple[Form, ...] = ("merged", "gguf", "ollama")
SEED = 20


def main() -> None:
    base = cache.path(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        adapter = random_adapter.write(place / "adapters" / "random", base, seed=SEED)
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
        "float32 mean: beside the base in float32, .01 is allowed: quantisation hides faults",
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
        "float32 mean": done.exact.mean if done.exact else "-",
        "outcome": "handed out",
    }


def _planted(what: str, adapter: Adapter, base: Path, form: Form) -> dict[str, object]:
    target = adapter.folder.parent / f"planted-{form}"
    try:
        done = export.export(adapter, form, base=base, target=target)
    except GateFailed as error:
        return {
            "form": what,
            **dict.fromkeys(FIGURES, "-"),
            "outcome": f"refused: {error.message}",
        }
    return {**_line(done), "form": what, "outcome": "HANDED OUT"}


def _drifted(made: Any) -> Any:
    def template(chat: ChatTemplate, **more: Any) -> str:
        return str(made(chat, **more)).replace("<|im_end|>\n", "<|im_end|>")

    return template


if __name__ == "__main__":
    main()
