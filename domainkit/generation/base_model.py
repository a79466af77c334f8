"""Opens a base model in transformers: one way, for training and for answering with an adapter."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.generation import gguf, header
from domainkit.generation.template import ChatTemplate
from domainkit.models import families
from domainkit.models.families import Family

Precision = Literal["float32", "bfloat16"]

_PURPOSE = "running a model in transformers"
_CONTEXT = 2048  # of BLOOM, whose config does not say what it was trained on
_SAMPLE = 1 << 20  # bytes hashed at each end of a weight file: 16 GB are too many to read whole


@dataclass(frozen=True, slots=True)
class BaseText:
    """How a base reads and writes: its tokenizer, chat template and the tokens that end a turn."""

    tokenizer: Any
    chat: ChatTemplate
    stops: frozenset[int]


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A causal language model of transformers.

    ``fingerprint`` tells the base from every other: an adapter fits no other base than its own.
    """

    model: Any
    text: BaseText
    fingerprint: str


def open_base(
    path: Path,
    *,
    precision: Precision = "float32",
    device: str = "cpu",
    quantised: bool = False,
) -> BaseModel:
    """Return the model at ``path``: a GGUF file, or a folder with config.json and safetensors.

    A ``quantised`` one holds its linear layers at 4 bits (nf4).

    Raises:
        ModelError: when there is no model there or transformers cannot open it.
        MissingExtra: when transformers or torch is not installed.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    transformers = _transformers()
    text, family = open_text(path), _family(open_config(path))
    with _opening(path):
        folder = gguf.converted(path) if gguf.is_gguf(path) else path
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, precision),
            **(family.opened_with if family else {}),
            **(_four_bits(device, precision) if quantised else {}),
        )
    model = model if quantised else model.to(device)
    return BaseModel(model.eval(), text, fingerprint(path))


def _four_bits(device: str, precision: Precision) -> dict[str, Any]:
    """Return what transformers is told to read linear layers at 4 bits."""
    extras.load("bitsandbytes", needed_for="reading a model at 4 bits")
    torch, transformers = extras.load("torch", needed_for=_PURPOSE), _transformers()
    config = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=getattr(torch, precision),
    )
    return {"quantization_config": config, "device_map": {"": device}}


def open_text(path: Path) -> BaseText:
    """Return how the model at ``path`` reads and writes, without opening its weights.

    Raises:
        ModelError: when there is no tokenizer, no chat template to ask the model by, or the model
            is one of those that cannot be used.
    """
    transformers = _transformers()
    with _opening(path):
        if gguf.is_gguf(path):
            tokenizer, read = gguf.tokenizer(path), header.read(path)
            return BaseText(tokenizer, read.chat, read.stops | _ids(tokenizer.eos_token_id))
    family = _family(open_config(path))
    with _opening(path):
        tokenizer = transformers.AutoTokenizer.from_pretrained(path)
        named = path / "generation_config.json"
        config = transformers.GenerationConfig if named.is_file() else transformers.AutoConfig
        stops = _ids(config.from_pretrained(path).eos_token_id) | _ids(tokenizer.eos_token_id)
    chat = tokenizer.chat_template or (family and family.template)
    if not isinstance(chat, str):
        raise ModelError(
            f"{path}: the model carries no chat template, so it cannot be asked anything",
            hint="use an instruct model: domainkit models list",
        )
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
    words = tokenizer.get_vocab() if family else {}
    ends = (words[end] for end in (family.ends if family else ()) if end in words)
    return BaseText(tokenizer, ChatTemplate(chat, special), stops | {*ends})


def open_config(path: Path) -> dict[str, Any]:
    """Return the shape of the model at ``path`` as its files give it: of a GGUF, its model_type.

    Raises:
        ModelError: when there is no model there.
    """
    if gguf.is_gguf(path):
        architecture = header.read(path).architecture
        family = families.of_gguf(architecture)
        return {"model_type": family.name if family else architecture}
    with _opening(path):
        config: dict[str, Any] = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return config


def context(config: Any) -> int:
    """Return the most tokens that a model of transformers reads, from its configuration."""
    named = (getattr(config, name, None) for name in ("max_position_embeddings", "max_seq_len"))
    return int(next(filter(None, named), _CONTEXT))


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a model file; of a folder, of its weight files' names, sizes and ends.

    Raises:
        ModelError: when there is no weight file.
    """
    if path.is_file():
        return gguf.sha256(path)
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else []
    if not files:
        raise ModelError(
            f"{path}: there is no model here: no GGUF file and no *.safetensors",
            hint="give a .gguf file, or a folder as transformers saves it",
        )
    digest = hashlib.sha256()
    for weights in files:
        size = weights.stat().st_size
        digest.update(f"{weights.name}\0{size}\0".encode())
        with weights.open("rb") as file:
            digest.update(file.read(_SAMPLE))
            file.seek(max(0, size - _SAMPLE))
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def _family(config: Mapping[str, Any]) -> Family | None:
    """Return the family of a model; None where it is not known, which is no obstacle to answering.

    Raises:
        ModelError: for a model that is known and cannot be used.
    """
    known = config.get("model_type") in families.families()
    return families.of(config) if known else None


def first_line(error: Exception) -> str:
    """Return the first line of what a library says is wrong, or the name of its error."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _transformers() -> Any:
    module = extras.load("transformers", needed_for=_PURPOSE)
    module.utils.logging.disable_progress_bar()
    module.utils.logging.set_verbosity_error()
    return module


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Turn what transformers raises for a bad or absent model into one line."""
    if not path.exists():
        raise ModelError(f"{path}: there is no model here", hint="domainkit models list")
    if gguf.is_gguf(path):
        header.read(path)  # names what is wrong with a file that is cut short or no GGUF
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path}: transformers cannot open this model: {first_line(error)}",
            hint="domainkit models verify, or give another base",
        ) from error


def _ids(named: int | list[int] | None) -> frozenset[int]:
    """Return the token ids that a configuration names: none, one or several."""
    several = named if isinstance(named, list) else [named]
    return frozenset(token for token in several if token is not None)
