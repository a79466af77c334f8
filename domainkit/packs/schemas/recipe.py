"""``recipes/*.yaml``: which base model is tuned, by what method, on which rows, for how long."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Language, Strict

Positive = Annotated[int, Field(ge=1)]


class Base(Strict):
    """The model that is tuned: a name in the catalogue, an id on the model hub, or a folder.

    ``config`` is the shape its maker published (the keys of its config.json), ``model_type``
    first. With it a dry run counts parameters and checks the LoRA targets before the model itself
    is on this machine.
    """

    kind: Literal["catalogue", "hub", "folder"]
    name: str = Field(min_length=1)
    revision: str | None = None
    licence: str
    config: dict[str, int | float | bool | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _typed(self) -> Self:
        if self.config and "model_type" not in self.config:
            raise ValueError("config names no model_type")
        if self.revision and self.kind != "hub":
            raise ValueError(f"only a hub model has a revision, not a {self.kind} one")
        return self


class Lora(Strict):
    """Low-rank adaptation (Hu et al. 2021): ``W + (alpha / r)·B·A`` on each target.

    ``targets: auto`` takes every linear layer of the family's blocks.
    """

    name: Literal["lora"] = "lora"
    r: int = Field(default=8, ge=1, le=512)
    alpha: int = Field(default=16, ge=1, le=1024)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: Literal["auto"] | tuple[str, ...] = "auto"


class Data(Strict):
    """One file of training rows; the packs a pack extends give theirs of the same name too.

    Rows in other ``languages`` are left out: a model learns nothing in one it cannot read.
    """

    path: str = Field(pattern=r"^train/[^/]+\.jsonl$")
    languages: tuple[Language, ...] = Field(default=("en", "zh"), min_length=1)


class Stage(Strict):
    """One pass of training. Exactly one of ``epochs`` and ``steps`` says how long.

    A step is one change of the weights: ``batch`` rows at a time, ``accumulation`` times. The
    learning rate rises over the first ``warmup`` share of the steps and falls as a cosine.
    """

    kind: Literal["sft"] = "sft"
    epochs: Positive | None = None
    steps: Positive | None = None
    learning_rate: float = Field(gt=0, lt=1)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    batch: Positive = 1
    accumulation: Positive = 1
    max_tokens: int = Field(default=1024, ge=64)
    clip: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _length(self) -> Self:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError("give either epochs or steps")
        return self

    def total_steps(self, rows: int) -> int:
        """Return how often the weights change when training on ``rows`` rows."""
        if self.steps is not None:
            return self.steps
        return (self.epochs or 0) * -(-rows // (self.batch * self.accumulation))


class Recipe(Strict):
    """The whole of a recipe. ``mask: answer`` trains the answer and its end of turn, no more.

    ``template: model`` renders the prompt by the base's own chat template, as answering does.
    ``checkpointing`` computes activations twice to hold fewer of them.
    """

    schema_number: int = Field(alias="schema", ge=1, le=1)
    title: str
    base: Base
    template: Literal["model"] = "model"
    mask: Literal["answer"] = "answer"
    method: Lora = Lora()
    data: tuple[Data, ...] = Field(min_length=1)
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=1)
    precision: Literal["float32", "bfloat16"] = "float32"
    device: Literal["cpu", "gpu"] = "cpu"
    checkpointing: bool = False
    seed: int = 0
