"""Takes an adapter out of an assistant: merged into its base, as GGUF, or ready for Ollama.

Nothing is handed out before it is held against the training engine: the same prompts must be read
as the same tokens and followed by nearly the same log-probabilities. Only one model is in memory
at a time.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from domainkit.errors import ModelError
from domainkit.generation import gguf, gguf_lora, header, merging, ollama, parity
from domainkit.generation.adapters import Adapter, Adapters
from domainkit.generation.base_model import open_text
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.parity import Parity
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.generation.requantise import dequantise
from domainkit.models import cache
from domainkit.types import Message

Form = Literal["merged", "gguf", "ollama"]

CARD = "export.json"
ADAPTER = "adapter.gguf"
_SYSTEM = "Answer only from the sources and cite them."
# In both languages, with and without a system's turn, short and with a source.
_ASKED = (
    (Message("system", _SYSTEM), Message("user", "[1] Take two tablets a day.\n\nHow many?")),
    (Message("system", "只根据资料回答。"), Message("user", "[1] 每日两片。\n\n几片？")),
    (Message("user", "What is the capital of France?"),),
    (Message("system", _SYSTEM), Message("user", "Keep below 25 °C.\n{x} {{y}} <b>12.5%</b>")),
)


@dataclass(frozen=True, slots=True)
class Export:
    """What was handed out, and how far it is from the training engine on how many prompts.

    ``exact`` is the same for an adapter beside the base in float32: quantisation hides small
    faults of an export, rounding does not. None where it was merged.
    """

    form: Form
    folder: Path
    parity: Parity
    limit: float
    exact: Parity | None = None


def export(
    adapter: Adapter, form: Form, *, base: Path, target: Path, base_gguf: Path | None = None
) -> Export:
    """Write ``adapter`` in ``form`` to the folder ``target``, whole or not at all.

    Args:
        adapter: one of the assistant's.
        form: ``merged`` (safetensors for any engine), ``gguf`` (beside the base's GGUF, for
            llama.cpp) or ``ollama`` (that and a Modelfile).
        base: the model it was tuned on, a GGUF or a folder.
        target: a folder that is not there yet.
        base_gguf: the base as GGUF, where ``base`` is a folder.

    Raises:
        ModelError: when ``target`` is there, the adapter does not fit, or there is no GGUF.
        GateFailed: when the export does not say what the training engine says.
    """
    if target.exists():
        raise ModelError(f"{target} is there already", hint="give another --out, or remove it")
    served = base_gguf or base
    if form != "merged" and not gguf.is_gguf(served):
        raise ModelError(
            f"{served} is no GGUF, and the adapter as GGUF stands beside one",
            hint="give the base as GGUF: --gguf FILE, or export --to merged",
        )
    tokens, wanted = _wanted(adapter, base)
    what, exact, limit = f"the adapter '{adapter.manifest.name}' as {form}", None, parity.MERGED
    with staged(target) as folder:
        if form == "merged":
            found = _merged(adapter, base, folder, tokens)
        else:
            gguf_lora.write(adapter.folder, header.read(served), folder / ADAPTER)
            whole = folder.with_name("float32.gguf")
            dequantise(served, header.read(served), whole)
            exact = parity.between(wanted, _beside(whole, folder, tokens))
            exact.require(parity.ROUNDED, f"{what}, beside the base in float32")
            limit, found = parity.QUANTISED, _beside(served, folder, tokens)
            if form == "ollama":
                _modelfile(base, served, folder, tokens)
        done = Export(form, target, parity.between(wanted, found), limit, exact)
        done.parity.require(limit, what)
        _write_card(adapter, done, folder)
    return done


def _wanted(adapter: Adapter, base: Path) -> tuple[list[list[int]], list[dict[int, float]]]:
    """Return the prompts as the training engine reads them, and what it says follows."""
    name = adapter.manifest.name
    alone = Adapters(adapter.folder.parent, {name: adapter})
    engine = PeftGenerator(base, name=name, max_tokens=1, adapters=alone)
    tokens = [engine.reads(messages) for messages in _ASKED]
    return tokens, parity.told(engine, tokens, adapter=name)


def _merged(
    adapter: Adapter, base: Path, folder: Path, tokens: Sequence[list[int]]
) -> list[dict[int, float]]:
    merging.merge(base, adapter.folder, folder)
    engine = PeftGenerator(folder, name=adapter.manifest.name, max_tokens=1)
    _check_tokens(engine.reads, tokens, "the merged model")
    return parity.told(engine, tokens, best=80)


def _beside(served: Path, folder: Path, tokens: Sequence[list[int]]) -> list[dict[int, float]]:
    engine = LlamaCppGenerator(served, name=served.name, max_tokens=1)
    engine.take("adapter", folder / ADAPTER)
    _check_tokens(engine.reads, tokens, "the base in llama.cpp")
    return parity.told(engine, tokens, adapter="adapter", best=80)


def _modelfile(base: Path, served: Path, folder: Path, tokens: Sequence[list[int]]) -> None:
    text, about = open_text(base), header.read(served)
    stops = [str(text.tokenizer.convert_ids_to_tokens(stop)) for stop in sorted(text.stops)]
    path = ollama.write(folder, served, ADAPTER, about, stops)
    written = ollama.read_template(path)
    begins = about.chat.special.get("bos_token", "") if about.adds_bos else ""

    def reads(messages: Sequence[Message]) -> list[int]:
        whole = begins + ollama.rendered(written, messages)
        ids: list[int] = text.tokenizer(whole, add_special_tokens=False)["input_ids"]
        return ids

    _check_tokens(reads, tokens, "the Modelfile's template")


def _check_tokens(
    reads: Callable[[Sequence[Message]], list[int]], tokens: Sequence[list[int]], what: str
) -> None:
    for messages, wanted in zip(_ASKED, tokens, strict=True):
        parity.same_tokens(wanted, reads(messages), what)


def _write_card(adapter: Adapter, done: Export, folder: Path) -> None:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    card = {
        "adapter": adapter.manifest.name,
        "weights": adapter.manifest.weights,
        "base": adapter.manifest.base.model_dump(),
        "form": done.form,
        "parity": asdict(done.parity) | {"limit": done.limit},
        "exact": asdict(done.exact) if done.exact else None,
        "sha256": {path.name: cache.sha256(path) for path in files},
    }
    (folder / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", "utf-8")


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Give an empty folder that becomes ``target`` once all is well, and is gone otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    folder = work / target.name
    folder.mkdir()
    try:
        yield folder
        folder.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
