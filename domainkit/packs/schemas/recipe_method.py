"""How a base is changed: a recipe's ``method``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from domainkit.packs.schemas.base import Strict

Targets = Literal["auto"] | tuple[str, ...]


class Lora(Strict):
    """Low-rank adaptation (Hu et al. 2021): ``W + (alpha / r)·B·A`` on each target.

    ``targets: auto`` takes every linear layer of the family's blocks. ``dora`` learns lengths and
    directions apart (Liu et al. 2024); ``rslora`` scales by ``alpha / sqrt(r)`` (Kalajdzievski
    2023); ``pissa`` begins with the largest singular values of ``W`` (Meng et al. 2024) and is
    filed as a plain LoRA of twice the rank; ``qlora`` reads the base at 4 bits, nf4 (Dettmers et
    al. 2023), on a GPU: on a processor bitsandbytes 0.50 rewrites weights when it first infers.
    """

    name: Literal["lora", "dora", "rslora", "pissa", "qlora"] = "lora"
    r: int = Field(default=8, ge=1, le=512)
    alpha: int = Field(default=16, ge=1, le=1024)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: Targets = "auto"


class Ia3(Strict):
    """A factor for each feature of the targets (Liu et al. 2022)."""

    name: Literal["ia3"]
    targets: Targets = "auto"


class PTuning(Strict):
    """Keys and values of ``length`` tokens nobody wrote, before each layer (Liu et al. 2021)."""

    name: Literal["p-tuning-v2"]
    length: int = Field(default=128, ge=1, le=1024)


class LlamaAdapter(Strict):
    """A prompt of ``length`` in the last ``layers`` layers, let in by a gate (Zhang et al. 2023).

    Only LLaMA, Mistral and GPT-2 have it in PEFT.
    """

    name: Literal["llama-adapter"]
    length: int = Field(default=10, ge=1, le=256)
    layers: int = Field(default=30, ge=1)


class Full(Strict):
    """Every weight of the base; the result is a model of its own, not an adapter."""

    name: Literal["full"]


def _named(method: Any) -> str:
    """Return which method a mapping means; without a name, LoRA."""
    name = method.get("name", "lora") if isinstance(method, dict) else method.name
    others = {"ia3": "ia3", "p-tuning-v2": "prefix", "llama-adapter": "adaption", "full": "full"}
    return others.get(str(name), "lora")


Method = Annotated[
    Annotated[Lora, Tag("lora")]
    | Annotated[Ia3, Tag("ia3")]
    | Annotated[PTuning, Tag("prefix")]
    | Annotated[LlamaAdapter, Tag("adaption")]
    | Annotated[Full, Tag("full")],
    Discriminator(_named),
]
