from __future__ import annotations

import pytest

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.generation.template import render
from domainkit.models import catalog, families, tiny
from domainkit.types import Message

CHATGLM_1 = {"model_type": "chatglm", "position_encoding_2d": True, "num_layers": 28}
CHATGLM_3 = {"model_type": "chatglm", "multi_query_attention": True, "num_layers": 28}
NATIVE = [name for name, family in families.families().items() if not family.refused]
# peft's own table knows none of these.
FORGOTTEN = {"glm", "glm4", "phi3", "smollm3", "biogpt"}


def test_every_generator_of_the_catalogue_has_its_family() -> None:
    generators = [m for m in catalog.models().values() if m.kind == "generator"]
    assert {families.find(m.family).name for m in generators} == {"llama", "qwen2"}


def test_the_table_has_what_peft_forgot() -> None:
    from peft.utils import constants

    assert not FORGOTTEN & set(constants.TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING)
    assert set(families.families()) >= FORGOTTEN


def test_a_family_is_read_from_a_config() -> None:
    assert families.of({"model_type": "glm4"}).name == "glm4"


def test_a_gguf_names_its_family() -> None:
    named = {"llama": "llama", "chatglm": "glm", "gptneox": "gpt_neox", "gemma3": "gemma3_text"}
    for architecture, name in named.items():
        family = families.of_gguf(architecture)
        assert family is not None
        assert family.name == name
    assert families.of_gguf("bert") is None


def test_chatglm_is_to_be_imported_first() -> None:
    with pytest.raises(ModelError, match="runs only once it is imported") as caught:
        families.of(CHATGLM_3)
    assert "domainkit models import" in caught.value.hint


def test_the_first_chatglm_is_refused_with_the_reason() -> None:
    with pytest.raises(ModelError, match="two-dimensional positions") as caught:
        families.of(CHATGLM_1)
    assert "ChatGLM3" in caught.value.hint


def test_a_model_that_reads_pictures_is_refused_with_the_reason() -> None:
    with pytest.raises(ModelError, match="reads pictures too"):
        families.of({"model_type": "gemma3", "vision_config": {}})


@pytest.mark.parametrize("config", [{}, {"model_type": "llamma"}])
def test_an_unknown_architecture_is_named(config: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="has no LoRA targets") as caught:
        families.of(config)
    assert "llama" in caught.value.hint


def test_a_family_without_a_template_gets_the_plain_one_with_its_beginning() -> None:
    said = [Message("system", "Cite."), Message("user", "Which?"), Message("assistant", "One.")]
    plain = families.find("opt").template
    assert plain is not None
    written = render(said, plain, add_generation_prompt=True, special={"eos_token": "</s>"})
    assert written == "</s>Cite.\n\nUser: Which?\n\nAssistant: One.</s>\n\nAssistant:"
    assert families.find("llama").template is None


@pytest.mark.parametrize("name", NATIVE)
def test_targets_are_the_linear_layers_of_a_block(name: str) -> None:
    torch = extras.load("torch", needed_for="this test")
    with torch.device("meta"):
        model = tiny.model(name, tiny.tokenizer())
    blocks = {
        path.rpartition(".")[2]
        for path, module in model.named_modules()
        if type(module).__name__ in {"Linear", "Conv1D", "FalconLinear"} and ".0." in path
    }
    wanted = set(families.find(name).targets)
    # T5 has one of two forms of its feed-forward layers.
    assert blocks == (wanted - {"wi_0", "wi_1"} if name == "t5" else wanted)
