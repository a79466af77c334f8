"""Estimates, before anything is loaded, what memory a training run takes, and from what.

The model is built from its published shape on torch's meta device: every layer is there and none
of the numbers, so parameters and LoRA targets are counted exactly, for any size, in a second.
Activations are estimated. Measured once: SmolLM2-135M on a CPU with rows of 554 tokens took
2.7 GB above the libraries, 0.5 of them the model's file still mapped, where this says 1.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domainkit import extras
from domainkit.packs.schemas.recipe import Full, Lora, Method, Recipe
from domainkit.training.methods import attach

# Bytes a trained weight takes in float32 with AdamW: itself, its gradient and two moments.
_TRAINED = 16
# Bytes of activations a token and unit of hidden size that one decoder layer keeps for its
# backward pass at 16 bits: Korthikanti et al. 2022, "Reducing Activation Recomputation in Large
# Transformer Models", eq. 1 (34·s·b·h) with attention that stores no score matrix.
_ACTIVATIONS = 34
SOURCE = (
    "computed: parameters and targets counted on the model's shape; 16 bytes a trained weight "
    "(float32, AdamW); activations after Korthikanti et al. 2022, eq. 1"
)
_DROPPED = 5  # bytes of a value that enters a LoRA: its copy in float32 and whether it is dropped
_WIDTH = {"float32": 4, "bfloat16": 2, "mixed": 4}
# Bytes of a weight at 4 bits with its share of the scales (Dettmers et al. 2023, blocks of 64).
_QUARTER = 0.57


def _shaped(method: Method) -> Method:
    """Return a method of the same size that needs no weights to begin: there are none here."""
    return method.model_copy(update={"name": "lora"}) if method.name == "pissa" else method


@dataclass(frozen=True, slots=True)
class Size:
    """A model with its LoRA, counted; ``inputs`` adds up the features that enter LoRA layers."""

    parameters: int
    trained: int
    modules: int
    inputs: int
    layers: int
    hidden: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes a run takes, by what takes them; the libraries themselves come on top."""

    weights: int
    adapter: int
    activations: int
    logits: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.adapter + self.activations + self.logits


def measure(config: Mapping[str, Any], recipe: Recipe, targets: Sequence[str]) -> Size:
    """Return the size of the model that ``config`` (a config.json) describes, LoRA attached.

    Raises:
        TrainingError: when the model has none of the ``targets``.
    """
    torch = extras.load("torch", needed_for="measuring a model")
    transformers = extras.load("transformers", needed_for="measuring a model")
    shape = transformers.AutoConfig.for_model(**config)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(shape)
        parameters = sum(p.numel() for p in model.parameters())
        tuned = attach(model, _shaped(recipe.method), targets, seed=recipe.seed)
    trained = {name: p for name, p in tuned.named_parameters() if p.requires_grad}
    widths = [p.shape[1] for name, p in trained.items() if ".lora_A." in name]
    modules = len(widths) or sum(".ia3_l" in name for name in trained)
    return Size(
        parameters=parameters,
        trained=sum(p.numel() for p in trained.values()),
        modules=modules,
        inputs=sum(widths),
        layers=shape.num_hidden_layers,
        hidden=shape.hidden_size,
        vocabulary=shape.vocab_size,
    )


def estimate(size: Size, recipe: Recipe, *, prompt: int, answer: int) -> Estimate:
    """Return what training on rows of ``prompt`` and ``answer`` tokens takes.

    A LoRA with dropout keeps its own copy of what enters it. Logits are computed for
    answer tokens alone: as the base computes them, as float32, and their gradient.
    """
    width, method = _WIDTH[recipe.precision], recipe.method
    stage = max(recipe.stages, key=lambda s: s.batch)
    tokens = stage.batch * (prompt + answer)
    dropped = isinstance(method, Lora) and method.dropout
    copies = _DROPPED * size.inputs // size.layers if dropped else 0
    held = _QUARTER if method.name == "qlora" else width
    layer = tokens * (_ACTIVATIONS * width // 2 * size.hidden + copies)
    kept = tokens * size.hidden * width  # a layer's input is all that checkpointing keeps of it
    return Estimate(
        weights=0 if isinstance(method, Full) else int(size.parameters * held),
        adapter=size.trained * _TRAINED,
        activations=layer + size.layers * kept if recipe.checkpointing else size.layers * layer,
        logits=stage.batch * answer * size.vocabulary * (width + 8),
    )
