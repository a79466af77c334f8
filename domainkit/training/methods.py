"""Attaches what a recipe's method trains to a base model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.generation.base_model import first_line
from domainkit.generation.merging import renaming
from domainkit.packs.schemas.adapter import WEIGHTS
from domainkit.packs.schemas.recipe import Full, Ia3, LlamaAdapter, Lora, Method, PTuning
from domainkit.training import parallel

Task = Literal["CAUSAL_LM", "SEQ_2_SEQ_LM"]

HEAD = "reward_head.safetensors"

_PURPOSE = "training an adapter"
_HEAD = 0.02  # the spread of a head's first weights, as transformers draws them


def attach(
    model: Any,
    method: Method,
    targets: Sequence[str],
    *,
    seed: int,
    checkpointing: bool = False,
    task: Task = "CAUSAL_LM",
    tokens: Sequence[int] = (),
) -> Any:
    """Return ``model`` with what ``method`` trains, fresh; nothing else of it trains.

    With ``checkpointing`` activations are computed twice and few of them held. The rows of new
    ``tokens`` are trained too; of the methods that keep the base, LoRA's alone can.

    Raises:
        TrainingError: when the model has no layers of those names, or cannot be tuned so.
    """
    extras.load("torch", needed_for=_PURPOSE).manual_seed(seed)
    if isinstance(method, Full):
        model.requires_grad_(True)
        with renaming():
            if checkpointing:
                model.gradient_checkpointing_enable()
        return model
    peft = extras.load("peft", needed_for=_PURPOSE)
    try:
        with renaming():
            config = _config(peft, model, method, targets, task)
            if tokens:
                config.trainable_token_indices = _rows(model, method, tokens)
            tuned = peft.get_peft_model(model, config)
            if checkpointing:
                tuned.enable_input_require_grads()
                tuned.gradient_checkpointing_enable()
    except ValueError as error:
        shown = "LoRA" if isinstance(method, Lora) else method.name
        raise TrainingError(
            f"{shown} finds no layer to tune: {first_line(error)}",
            hint="name the layers of this model in the recipe: method.targets",
        ) from error
    return tuned


def _rows(model: Any, method: Method, tokens: Sequence[int]) -> dict[str, list[int]]:
    """Return the layers that hold a row a token, each with the rows that are trained."""
    if not isinstance(method, Lora):
        raise TrainingError(
            f"the base has new pieces, whose rows {method.name} does not train",
            hint="method: {name: lora}, or full",
        )
    layers = [model.get_input_embeddings()]
    if not model.config.tie_word_embeddings:
        layers.append(model.get_output_embeddings())
    names = [name for name, layer in model.named_modules() if any(layer is one for one in layers)]
    return {name.rpartition(".")[2]: list(tokens) for name in names}


def _config(peft: Any, model: Any, method: Method, targets: Sequence[str], task: Task) -> Any:
    """Return PEFT's configuration of ``method``."""
    transposed = any(type(layer).__name__ == "Conv1D" for layer in model.modules())
    match method:
        case Lora():
            return peft.LoraConfig(
                task_type=task,
                r=method.r,
                lora_alpha=method.alpha,
                lora_dropout=method.dropout,
                target_modules=list(targets),
                fan_in_fan_out=transposed,
                use_dora=method.name == "dora",
                use_rslora=method.name == "rslora",
                init_lora_weights="pissa" if method.name == "pissa" else True,
            )
        case Ia3():
            # A feed-forward layer is scaled where it is read, others where they are written.
            inner = [name for name in targets if name in _DOWN]
            return peft.IA3Config(
                task_type=task,
                target_modules=list(targets),
                feedforward_modules=inner,
                fan_in_fan_out=transposed,
            )
        case PTuning():
            return peft.PrefixTuningConfig(task_type=task, num_virtual_tokens=method.length)
        case LlamaAdapter():
            layers = min(method.layers, model.config.num_hidden_layers)
            return peft.AdaptionPromptConfig(
                task_type=task, adapter_len=method.length, adapter_layers=layers
            )
    raise AssertionError(f"not a method of adapters: {method!r}")


# The layers that end a block's feed-forward part, as the families name them.
_DOWN = {"down_proj", "dense_4h_to_h", "fc2", "fc_out", "c_proj", "w2", "wo"}


def save(model: Any, staged: Path, *, before: Path | None = None, full: bool = False) -> None:
    """Write what was trained to ``staged``; a PiSSA becomes a plain LoRA of twice the rank.

    An adapter's weights are kept in float16: half the size, and far finer than what they change.

    Args:
        model: as ``attach`` returned it, trained.
        staged: the folder.
        before: of PiSSA, where ``remember`` kept how it began.
        full: the whole model is written, as transformers does.
    """
    head = getattr(model, "reward_head", None)
    if full:
        model.save_pretrained(staged)
    elif before is None:
        model.save_pretrained(staged, save_embedding_layers=False)
    else:
        with warnings.catch_warnings():
            # They say to convert the PiSSA, which is what is done here, and that a base in memory
            # has no file beside it.
            warnings.filterwarnings("ignore", message="PiSSA changes the base weights")
            warnings.filterwarnings("ignore", message="Could not find a config file")
            model.save_pretrained(
                staged,
                save_embedding_layers=False,
                path_initial_model_for_weight_conversion=str(before),
            )
    if not full:
        _halve(staged / WEIGHTS)
    if head is not None:
        save_file = extras.load("safetensors.torch", needed_for=_PURPOSE).save_file
        save_file({"weight": head.weight.detach().cpu().contiguous()}, str(staged / HEAD))


def _halve(file: Path) -> None:
    stored = extras.load("safetensors.torch", needed_for=_PURPOSE)
    halves = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in stored.load_file(str(file)).items()
    }
    stored.save_file(halves, str(file), metadata={"format": "pt"})


def add_head(model: Any, *, seed: int) -> None:
    """Give ``model`` a head that gives an answer a reward, to be trained with the rest."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    chance = torch.Generator().manual_seed(seed)
    head = torch.nn.Linear(model.config.hidden_size, 1, bias=False)
    with torch.no_grad():
        head.weight.copy_(torch.randn(head.weight.shape, generator=chance) * _HEAD)
    model.reward_head = head.to(model.device)


def remember(model: Any, method: Method, folder: Path) -> Path | None:
    """Keep how a PiSSA begins, which its plain form is counted from; None for other methods."""
    if not isinstance(method, Lora) or method.name != "pissa":
        return None
    config = model.peft_config["default"]
    config.init_lora_weights = True
    if parallel.current().is_first:
        model.save_pretrained(folder, save_embedding_layers=False)
    config.init_lora_weights = "pissa"
    return folder
