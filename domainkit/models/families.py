"""What tuning and serving must know of an architecture that its own files do not say.

The keys are the ``model_type`` of a model's ``config.json`` and the ``general.architecture`` of a
GGUF header. Target modules are the linear layers of a decoder block, without the language head,
as read in transformers 5.23; ``tests/unit/models/test_families.py`` builds each architecture and
compares. peft's own table has none for glm and glm4, and only two of seven for llama and qwen2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domainkit.errors import ModelError
from domainkit.registry import nearest

_LLAMA_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_GLM_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_up_proj", "down_proj")
_GLM_ENDS = ("<|endoftext|>", "<|user|>", "<|observation|>")


@dataclass(frozen=True, slots=True)
class Family:
    """An architecture: where LoRA goes, what ends an answer, and where each fact comes from.

    ``targets`` are the names of modules in transformers' native class. ``ends`` are the tokens
    that end an assistant's turn in the chat templates of the family's instruct models; which of
    them applies is the tokenizer's to say.
    """

    name: str
    targets: tuple[str, ...]
    ends: tuple[str, ...]
    notes: str
    source: str


FAMILIES: Mapping[str, Family] = {
    "llama": Family(
        "llama",
        _LLAMA_LAYERS,
        ("<|eot_id|>", "</s>", "<|im_end|>"),
        "Llama 3 ends with <|eot_id|>, Llama 2 with </s>, SmolLM2 with <|im_end|>. In a GGUF the "
        "rows of q and k stand in another order than in transformers.",
        "transformers/models/llama/modeling_llama.py; chat templates of Llama-3-Instruct, "
        "Llama-2-chat and the SmolLM2 GGUF",
    ),
    "qwen2": Family(
        "qwen2",
        _LLAMA_LAYERS,
        ("<|im_end|>", "<|endoftext|>"),
        "Qwen2 and Qwen2.5. q, k and v have a bias, which LoRA leaves as it is.",
        "transformers/models/qwen2/modeling_qwen2.py; header of the Qwen2.5-Coder GGUF",
    ),
    "glm": Family(
        "glm",
        _GLM_LAYERS,
        _GLM_ENDS,
        "GLM-4-9B. gate and up are one layer.",
        "transformers/models/glm/modeling_glm.py; eos_token_id 151329, 151336, 151338 of "
        "GLM-4-9B-chat's generation_config.json",
    ),
    "glm4": Family(
        "glm4",
        _GLM_LAYERS,
        _GLM_ENDS,
        "GLM-4-0414. gate and up are one layer; two norms more a block than glm.",
        "transformers/models/glm4/modeling_glm4.py; the same eos_token_id as glm",
    ),
    "chatglm": Family(
        "chatglm",
        _GLM_LAYERS,
        ("</s>", *_GLM_ENDS),
        "ChatGLM2-6B and ChatGLM3-6B, which end with </s>, and GLM-4-9B as first published. Their "
        "own code does not run on transformers 5; their weights convert exactly to the native "
        "glm (the fused query_key_value is split), and the targets are that class's.",
        "a random ChatGLM3 converted to GlmForCausalLM gave the same logits, difference 0.0",
    ),
}

# Only the first ChatGLM encodes positions in two dimensions; its config says so.
_FIRST_CHATGLM = "position_encoding_2d"


def find(architecture: str) -> Family:
    """Return what is known of ``architecture``.

    Raises:
        ModelError: when nothing is; the hint names the nearest.
    """
    if architecture in FAMILIES:
        return FAMILIES[architecture]
    raise ModelError(
        f"the architecture '{architecture}' has no LoRA targets here",
        hint=nearest(architecture, sorted(FAMILIES)),
    )


def of(config: Mapping[str, Any]) -> Family:
    """Return the family of a model from its ``config.json``.

    Raises:
        ModelError: for an architecture that is not known, and for the first ChatGLM-6B.
    """
    architecture = str(config.get("model_type", ""))
    if architecture == "chatglm" and _FIRST_CHATGLM in config:
        raise ModelError(
            "the first ChatGLM-6B cannot be tuned or served: its code needs a generate() that "
            "transformers 5 no longer gives it, and its two-dimensional positions fit no native "
            "class",
            hint="use ChatGLM3-6B or GLM-4-9B, which convert to the native glm",
        )
    return find(architecture)
