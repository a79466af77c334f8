"""Takes every family through its whole life on this machine, with a tiny random model of each.

Tuned by the trainer's own loop, saved, opened again, merged, asked through the PEFT engine, and
written as GGUF for llama.cpp. Each form must say what the tuned model says, in log-probabilities.
It shows that a family works here, not how well a model of it answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from domainkit import extras
from domainkit.errors import DomainkitError, GateFailed, ModelError
from domainkit.generation import gguf_lora, gguf_model, header, merging, parity
from domainkit.generation.base_model import first_line, open_base
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.models import families, tiny
from domainkit.models.families import Family
from domainkit.models.importing import run as importing
from domainkit.packs.schemas.recipe import Lora, Stage
from domainkit.training.loop import Loop
from domainkit.training.masks import encode, end_of_turn
from domainkit.training.methods import attach
from domainkit.types import Message, Prompt

_PURPOSE = "trying the families"
_LORA = Lora(r=4, alpha=8)
# One step that moves the LoRA far: what is told apart must differ.
_STAGE = Stage(steps=1, learning_rate=0.1, warmup=0.0)
_ANSWER = "Two tablets [1]."
_ASKED = Prompt((Message("system", "Cite."), Message("user", "[1] Two a day.\n\nHow many?")))
_TEXTS = ("Take two tablets.", "每日两片", "0123")
_SAME = 1e-4  # the same sums in another order: largest difference of two logits
_LEAST = 0.05  # what one step must move: 50 times the gate, so that a wrong export fails it
_SPREAD = 0.2  # of the random weights, biases and norms, so that none of them is moot
_CONTEXT = 256
# What the libraries raise where a family does not work; the table is there to say so.
_BROKEN = (RuntimeError, ValueError, TypeError, AttributeError, KeyError, IndexError, OSError)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one family.

    ``moved`` is how far one step moved the model's log-probabilities, ``merged`` and ``gguf`` how
    far the merged model and llama.cpp are from it (means, natural logarithm). ``gguf`` is None
    where llama.cpp does not run the family.
    """

    family: str
    title: str
    outcome: Literal["works", "refused", "failed"]
    reason: str = ""
    architecture: str = ""
    modules: int = 0
    moved: float | None = None
    merged: float | None = None
    gguf: float | None = None
    limits: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Life:
    modules: int
    moved: float
    merged: float
    gguf: float | None = None


class _Model:
    """A model of transformers as an engine to compare with."""

    id = "transformers"

    def __init__(self, model: Any) -> None:
        self._torch = extras.load("torch", needed_for=_PURPOSE)
        self.model = model

    def next_tokens(
        self, ids: Sequence[int], *, adapter: str | None = None, best: int = 20
    ) -> dict[int, float]:
        """Return the likeliest next tokens after ``ids``; ``adapter`` is moot."""
        with self._torch.inference_mode():
            logits = self.model(input_ids=self._torch.tensor([list(ids)])).logits[0, -1]
        values, tokens = self._torch.log_softmax(logits.float(), dim=-1).topk(best)
        return dict(zip(tokens.tolist(), values.tolist(), strict=True))


def run(names: Sequence[str], folder: Path) -> Iterator[Row]:
    """Yield what becomes of each family of ``names``, working in ``folder``.

    Raises:
        ModelError: when a name is no family.
        MissingExtra: when a library that this needs is not installed.
    """
    chosen = [families.find(name) for name in names]
    extras.load("peft", needed_for=_PURPOSE)
    for family in chosen:
        begun = time.perf_counter()
        row = _row(family, folder / family.name)
        yield Row(**{**row, "seconds": round(time.perf_counter() - begun, 2)})


def _row(family: Family, folder: Path) -> dict[str, Any]:
    about = {"family": family.name, "title": family.title, "limits": family.limits}
    native = families.find(family.imported_as) if family.imported_as else family
    about["architecture"] = native.gguf.architecture if native.gguf else ""
    if family.refused and not family.imported_as:
        return about | {"outcome": "refused", "reason": f"it {family.refused.why}"}
    folder.mkdir(parents=True)
    try:
        life = _seq2seq(native, folder) if family.model == "seq2seq" else _causal(family, folder)
    except DomainkitError as error:
        return about | {"outcome": "failed", "reason": error.message}
    except _BROKEN as error:
        why = f"{type(error).__name__}: {first_line(error)}"
        return about | {"outcome": "failed", "reason": why}
    found = {name: getattr(life, name) for name in ("modules", "moved", "merged", "gguf")}
    return about | {"outcome": "works", **found}


def _causal(family: Family, folder: Path) -> _Life:
    path = folder / "base"
    if family.imported_as:
        family = families.find(family.imported_as)
        _imported(family, path)
    else:
        _written(family, path)
    base = open_base(path)
    words, end = base.text.tokenizer, end_of_turn(base.text)
    asked = base.text.chat.render(_ASKED.messages)
    row = encode(asked, _ANSWER, words, end_of_turn=end, max_tokens=_CONTEXT, place=family.name)
    prompts = [words(text, add_special_tokens=False)["input_ids"] for text in (*_TEXTS, asked)]
    plain = {tuple(ids): _Model(base.model).next_tokens(ids) for ids in prompts}
    tuned = attach(base.model, _LORA, family.targets, seed=0)
    for _ in Loop(tuned, [row], _STAGE, seed=0).run():
        pass
    tuned.save_pretrained(folder / "adapter", save_embedding_layers=False)
    moved = _moved(_Model(tuned), plain)
    again = merging.reopen(open_base(path).model, folder / "adapter")
    _check_same(tuned, again, prompts)
    merging.merge(path, folder / "adapter", folder / "merged")
    engine = PeftGenerator(folder / "merged", name=family.name, max_tokens=8)
    merged = parity.compare(_Model(again), engine, prompts)
    merged.require(parity.MERGED, "the merged model")
    engine.generate(_ASKED)
    return _Life(_modules(tuned), moved, merged.mean, _gguf(family, folder, again, prompts))


def _written(family: Family, folder: Path) -> None:
    """Write a random model of which every weight counts."""
    words = tiny.tokenizer(tiny.TEMPLATE if family.chat == "own" else None)
    _stirred(family, words).save_pretrained(folder)
    words.save_pretrained(folder)


def _imported(native: Family, folder: Path) -> None:
    """Write such a model as its makers published it, and import that."""
    vocabulary = 256 + len(tiny.GLM_SPECIAL)
    made = _stirred(native, tiny.tokenizer(), vocab_size=vocabulary)
    published = tiny.write_published(folder.with_name("published"), made)
    importing.run(importing.plan(published), folder, today=datetime.now(UTC).date())
    again = open_base(folder).model.state_dict()
    torch = extras.load("torch", needed_for=_PURPOSE)
    if wrong := [
        n for n, weight in made.state_dict().items() if not torch.equal(weight, again[n])
    ]:
        raise GateFailed(f"importing changed {', '.join(wrong[:3])}")


def _stirred(family: Family, words: Any, **sizes: int) -> Any:
    made = tiny.model(family.name, words, **_sizes(family), **sizes)
    torch = extras.load("torch", needed_for=_PURPOSE)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            whole = weight.dim() > 1 and "time_mix" not in name
            weight.copy_(torch.randn_like(weight) * _SPREAD + (0 if whole else weight))
    return made


def _sizes(family: Family) -> dict[str, int]:
    own = {"max_seq_len", "context_length"} & set(family.tiny)
    return dict.fromkeys({"max_position_embeddings", *own}, _CONTEXT)


def _gguf(family: Family, folder: Path, tuned: Any, prompts: Sequence[list[int]]) -> float | None:
    """Return how far llama.cpp with the exported adapter is from ``tuned``."""
    if family.gguf is None:
        return None
    base = open_base(folder / "base")
    path = folder / "base.gguf"
    gguf_model.write(base.model, base.text.tokenizer, family.gguf.architecture, path)
    gguf_lora.write(folder / "adapter", header.read(path), folder / "adapter.gguf")
    engine = LlamaCppGenerator(path, name=family.name, max_tokens=8, threads=1)
    parity.compare(_Model(base.model), engine, prompts).require(parity.ROUNDED, "the base in GGUF")
    engine.take("adapter", folder / "adapter.gguf")
    found = parity.compare(_Model(tuned), engine, prompts, adapter="adapter")
    found.require(parity.ROUNDED, "the adapter in GGUF")
    engine.generate(_ASKED, adapter="adapter")
    return found.mean


def _seq2seq(family: Family, folder: Path) -> _Life:
    """Take a model that reads with an encoder through what PEFT does with it."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    transformers = extras.load("transformers", needed_for=_PURPOSE)
    path = folder / "base"
    _written(family, path)
    opened = transformers.AutoModelForSeq2SeqLM.from_pretrained
    words = tiny.tokenizer(None)
    ids = torch.tensor([words(_TEXTS[0])["input_ids"]])
    answer = torch.tensor([[*words(_ANSWER)["input_ids"], words.eos_token_id]])

    def said(model: Any) -> Any:
        with torch.inference_mode():
            return model.eval()(input_ids=ids, labels=answer).logits.log_softmax(-1)

    tuned = attach(opened(path), _LORA, family.targets, seed=0, task="SEQ_2_SEQ_LM")
    plain = said(tuned)
    optimizer = torch.optim.AdamW((p for p in tuned.parameters() if p.requires_grad), lr=0.1)
    tuned.train()(input_ids=ids, labels=answer).loss.backward()
    optimizer.step()
    tuned.save_pretrained(folder / "adapter")
    again = merging.reopen(opened(path), folder / "adapter")
    wanted = said(tuned)
    _check(float((said(again) - wanted).abs().max()), _SAME, "the adapter opened again")
    moved = float((wanted - plain).abs().mean())
    merged = again.merge_and_unload()
    apart = float((said(merged) - wanted).abs().mean())
    _check(apart, parity.MERGED, "the merged model")
    merged.generate(ids, max_new_tokens=8, do_sample=False)
    return _Life(_modules(tuned), moved, apart)


def _moved(tuned: _Model, plain: dict[tuple[int, ...], dict[int, float]]) -> float:
    gaps = [
        parity.gap(value, token, tuned.next_tokens(ids, best=len(before)))
        for ids, before in plain.items()
        for token, value in before.items()
    ]
    moved = sum(gaps) / len(gaps)
    if moved < _LEAST:
        raise ModelError(f"one step moves the model by {moved:.4f}, {_LEAST} was expected")
    return moved


def _check_same(tuned: Any, again: Any, prompts: Sequence[list[int]]) -> None:
    torch = extras.load("torch", needed_for=_PURPOSE)
    for ids in prompts:
        asked = torch.tensor([ids])
        with torch.inference_mode():
            gap = (tuned(input_ids=asked).logits - again(input_ids=asked).logits).abs().max()
        _check(float(gap), _SAME, "the adapter opened again")


def _check(found: float, limit: float, what: str) -> None:
    if not found <= limit:
        raise GateFailed(f"{what}: {found:.2g} apart, {limit:g} is allowed")


def _modules(tuned: Any) -> int:
    return sum(name.endswith("lora_A.default.weight") for name, _ in tuned.named_parameters())
