"""``recipes/*.yaml``: which base model is tuned, by what method, on which rows, for how long."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Format, Language, Strict
from domainkit.packs.schemas.recipe_method import Full, Ia3, LlamaAdapter, Lora, Method, PTuning
from domainkit.packs.schemas.recipe_stage import SAMPLED, Kind, Stage, Watch

__all__ = [
    "GROUNDED",
    "SAMPLED",
    "Base",
    "Data",
    "Full",
    "Ia3",
    "Kind",
    "LlamaAdapter",
    "Lora",
    "Method",
    "PTuning",
    "RagContext",
    "Recipe",
    "Replay",
    "Stage",
    "Vocabulary",
    "Watch",
]

GROUNDED = "grounded"  # the layout of a pack's own rows: a question, its sources, what to write


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


class Data(Strict):
    """One file of training rows; the packs a pack extends give theirs of the same name too.

    Rows in other ``languages`` are left out: a model learns nothing in one it cannot read.
    ``format`` is ``grounded``, or a published layout (docs/training.md), whose file needs a
    ``licence`` unless its rows bring their own. A ``source`` says where to get a file that is not
    shipped; it is put at ``path``. ``weight`` is how often a row is read in an epoch: 2 reads it
    twice, .5 reads every other one. ``split`` takes the rows of that split alone. Rows may be
    another ``pack``'s; grounded ones teach to read and to cite, shown by this pack's prompts.
    """

    path: str = Field(pattern=r"^train/[^/]+\.(jsonl|json|csv|tsv|txt|md)$")
    format: str = GROUNDED
    languages: tuple[Language, ...] = Field(default=("en", "zh"), min_length=1)
    weight: float = Field(default=1.0, gt=0, le=100)
    licence: str = ""
    split: Literal["train", "held-out", "all"] = "train"
    source: str = ""
    pack: str = ""

    @model_validator(mode="after")
    def _licensed(self) -> Self:
        if self.format == GROUNDED:
            if not self.path.endswith(".jsonl"):
                raise ValueError("grounded rows stand in a .jsonl file")
        elif not self.licence:
            raise ValueError("say under which licence these rows may be used: licence")
        return self


class Replay(Data):
    """Rows of another kind, mixed in so that what the base could do is not forgotten.

    ``ratio`` is their share of all rows that are read.
    """

    ratio: float = Field(gt=0, lt=1)


class RagContext(Strict):
    """How grounded rows are shown, so that a model learns from what retrieval really brings.

    Passages of other documents stand among a row's own sources until there are ``distractors``
    beside one; a row with more sources of its own gets none. Order and numbers are those that the
    question's words give. A share of ``refusals`` more rows shows distractors alone, and the
    right answer is to refuse; of the rows that are written as refusals the share ``written`` is
    read. With ``quote`` an answer begins with the words it rests on.
    """

    distractors: int = Field(default=2, ge=0, le=20)
    refusals: float = Field(default=0.2, ge=0, le=1)
    written: float = Field(default=1.0, ge=0, le=1)
    quote: bool = False


class Vocabulary(Strict):
    """New pieces for the base's tokenizer, learnt from ``path``: a text of the domain.

    Each begins as the mean of the tokens that spelt it before; their rows are trained with the
    rest.
    """

    path: str = Field(pattern=r"^train/[^/]+\.(txt|md|jsonl)$")
    pieces: int = Field(ge=1, le=100_000)
    source: str = ""


class Recipe(Strict):
    """The whole of a recipe. ``mask: answer`` trains the answer and its end of turn, no more.

    ``mask: all`` trains the prompt too, as the first of these projects did. ``template: model``
    renders the prompt by the base's own chat template, as answering does; another name is a
    published one (docs/training.md), for rows that are imported. ``after`` names what this
    follows, in words. ``export`` is what the finished adapter is handed out as, too.
    ``checkpointing`` computes activations twice to hold fewer of them. ``precision: mixed`` keeps
    weights in float32 and multiplies in bfloat16. ``sharded`` parts the base among the processes
    of ``torchrun``, where no GPU holds it whole.
    """

    schema_number: Format = Field(alias="schema")
    title: str
    after: str = ""
    base: Base
    template: str = "model"
    mask: Literal["answer", "all"] = "answer"
    method: Method = Lora()
    vocabulary: Vocabulary | None = None
    data: tuple[Data, ...] = Field(min_length=1)
    replay: Replay | None = None
    rag_context: RagContext | None = None
    stages: tuple[Stage, ...] = Field(min_length=1)
    evaluation: Watch | None = None
    export: tuple[Literal["merged", "gguf", "ollama"], ...] = ()
    precision: Literal["float32", "bfloat16", "mixed"] = "float32"
    device: Literal["cpu", "gpu"] = "cpu"
    checkpointing: bool = False
    sharded: bool = False
    seed: int = 0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.mask == "all" and {s.kind for s in self.stages} - {"sft", "pretrain"}:
            raise ValueError("mask: all trains texts and dialogues alone, not preferences")
        if self.template != "model" and any(d.format == GROUNDED for d in self.data):
            raise ValueError("grounded rows are shown by the base's own template: template: model")
        if self.method.name == "qlora" and self.device == "cpu":
            raise ValueError("qlora trains on a GPU alone: device: gpu")
        if self.sharded and self.method.name not in {"lora", "rslora"}:
            raise ValueError(
                f"sharded: a base that is parted is tuned by lora or rslora, not "
                f"{self.method.name}"
            )
        if self.sharded and {stage.kind for stage in self.stages} - {"sft", "pretrain"}:
            raise ValueError("sharded: a base that is parted is trained by sft and pretrain alone")
        prefixed = isinstance(self.method, PTuning | LlamaAdapter)
        if prefixed and any(stage.packing for stage in self.stages):
            raise ValueError(f"method {self.method.name} cannot read packed rows")
        return self
