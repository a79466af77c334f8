"""The embedded model itself: opened from its GGUF, tuned for two steps, asked with the adapter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domainkit.errors import ModelError
from domainkit.generation.adapters import Adapters
from domainkit.generation.base_model import open_text
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.packs import loader
from domainkit.training import recipe, run
from domainkit.training.masks import end_of_turn
from domainkit.training.plan import plan
from domainkit.types import Message, Prompt


@pytest.fixture(scope="module")
def base() -> Path:
    pack = loader.load("medical")
    try:
        return recipe.locate(recipe.find(pack, "embedded").recipe.base)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.mark.models
@pytest.mark.slow
def test_the_gguf_is_opened_with_the_very_weights_and_words_it_holds(base: Path) -> None:
    text = open_text(base)
    assert end_of_turn(text) == text.tokenizer.convert_tokens_to_ids("<|im_end|>")
    generator = PeftGenerator(base, name="smollm2", max_tokens=12)
    prompt = Prompt((Message("user", "What is the capital of France?"),))
    assert generator.generate(prompt).text == "The capital of France is Paris."


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.usefixtures("_texts_read_once")
def test_two_steps_tune_the_embedded_model(base: Path, tmp_path: Path) -> None:
    pack = loader.load("medical")
    named = recipe.find(pack, "embedded").with_steps(2)
    own = tuple(data for data in named.recipe.data if not data.pack)
    named = replace(named, recipe=named.recipe.model_copy(update={"data": own}))
    whole = plan(pack, named, prompt_tokens=1024)
    shortest = sorted(range(len(whole.examples)), key=lambda i: len(whole.encoded[i].ids))[:2]
    few = replace(
        whole,
        examples=tuple(whole.examples[i] for i in shortest),
        encoded=tuple(whole.encoded[i] for i in shortest),
    )
    adapter = run.run(few, adapters=tmp_path, name="two", now=datetime.now(UTC))
    assert adapter.manifest.canary.after > adapter.manifest.canary.before
    generator = PeftGenerator(base, name="smollm2", max_tokens=4, adapters=Adapters(tmp_path))
    assert generator.generate(few.examples[0].prompt, adapter="two").adapter == "two"
