import pytest

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.models import catalog, families

CHATGLM_1 = {"model_type": "chatglm", "position_encoding_2d": True, "num_layers": 28}
CHATGLM_3 = {"model_type": "chatglm", "multi_query_attention": True, "num_layers": 28}


def test_every_generator_of_the_catalogue_has_its_family() -> None:
    generators = [m for m in catalog.models().values() if m.kind == "generator"]
    assert {families.find(m.family).name for m in generators} == {"llama", "qwen2"}


def test_a_family_is_read_from_a_config() -> None:
    assert families.of({"model_type": "glm4"}).name == "glm4"
    assert families.of(CHATGLM_3).targets == families.find("glm").targets


def test_the_first_chatglm_is_refused_with_the_reason() -> None:
    with pytest.raises(ModelError, match="two-dimensional positions") as caught:
        families.of(CHATGLM_1)
    assert "ChatGLM3" in caught.value.hint


@pytest.mark.parametrize("config", [{}, {"model_type": "llamma"}])
def test_an_unknown_architecture_is_named(config: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="has no LoRA targets") as caught:
        families.of(config)
    assert "llama" in caught.value.hint


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["llama", "qwen2", "glm", "glm4"])
def test_targets_are_the_linear_layers_of_a_block(architecture: str) -> None:
    transformers = extras.load("transformers", needed_for="this test")
    torch = extras.load("torch", needed_for="this test")
    config = transformers.AutoConfig.for_model(
        architecture,
        vocab_size=32,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        pad_token_id=0,
        eos_token_id=0,
    )
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    block = model.model.layers[0]
    linear = {
        name.rpartition(".")[2]
        for name, module in block.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    assert linear == set(families.find(architecture).targets)
