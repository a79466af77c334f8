"""What every generator of the registry promises; each with a model small enough to make here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import tiny_gguf
import tiny_model
from sources import pack, source

from domainkit import registry
from domainkit.errors import DomainkitError
from domainkit.generation.adapters import Adapters
from domainkit.generation.chat import ChatOptions
from domainkit.generation.prompt import compose
from domainkit.protocols import Generator
from domainkit.types import Generation, Prompt, Question

TEXTS = ["Take two tablets a day. Then rest.", "每日服用两片。<|im_end|> 不得超过八片。"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def make(name: str, models: Path) -> Generator:
    """Return the generator ``name``; one that this file does not know makes the test fail."""
    component = registry.get("generators", name)
    options: dict[str, Any] = {"name": "tiny", "max_tokens": 12}
    match name:
        case "extractive" | "echo":
            built: Generator = component()
        case "openvino":
            built = component(tiny_gguf.write(models / "tiny.gguf", context=1024), **options)
        case "llamacpp":
            built = component(tiny_gguf.write(models / "small.gguf", context=1024), **options)
        case "chat":
            path = tiny_gguf.write(models / "served.gguf", context=1024)
            served = registry.get("generators", "llamacpp")(path, **options)
            built = component(
                ChatOptions(
                    "openai:tiny",
                    f"{served._server.listening_address}/v1",
                    key=served._key,
                    max_tokens=12,
                )
            )
            built.server = served  # type: ignore[attr-defined]
        case "peft":
            base = tiny_model.write_base(models / "base")
            built = component(base, adapters=Adapters(models / "adapters"), **options)
    return built


@pytest.fixture(scope="module", params=registry.names("generators"))
def generator(request: pytest.FixtureRequest, models: Path) -> Iterator[Generator]:
    with tiny_model.one_thread():
        yield make(request.param, models)


@pytest.fixture(params=["en", "zh"])
def prompt(request: pytest.FixtureRequest) -> Prompt:
    sources = [source(text, number) for number, text in enumerate(TEXTS, start=1)]
    question = Question("How many tablets a day? 几片？", language=request.param)
    return compose(pack(), question, sources, budget=10_000, count=len)


def test_it_keeps_the_protocol(generator: Generator) -> None:
    assert isinstance(generator, Generator)
    assert generator.id.strip() == generator.id != ""


def test_a_generation_names_who_wrote_it(generator: Generator, prompt: Prompt) -> None:
    written = generator.generate(prompt)
    assert isinstance(written, Generation)
    assert (written.model, written.adapter) == (generator.id, None)
    assert written.finish in {"stop", "length"}
    assert written.usage.prompt_tokens >= 0
    assert written.usage.seconds >= 0


def test_the_same_prompt_gives_the_same_text(generator: Generator, prompt: Prompt) -> None:
    assert generator.generate(prompt).text == generator.generate(prompt).text


def test_a_stream_is_pieces_of_text_and_the_generation_last(
    generator: Generator, prompt: Prompt
) -> None:
    *pieces, last = generator.stream(prompt)
    assert isinstance(last, Generation)
    assert all(isinstance(piece, str) and piece for piece in pieces)
    assert last.text == generator.generate(prompt).text
    assert "".join(map(str, pieces)).lstrip().startswith(last.text)


def test_a_cancelled_stream_ends_with_its_generation(generator: Generator, prompt: Prompt) -> None:
    cancel = Event()
    cancel.set()
    *pieces, last = generator.stream(prompt, cancel=cancel)
    assert isinstance(last, Generation)
    assert last.finish == "cancelled"
    assert len(pieces) <= 1


def test_a_stream_may_be_left_at_any_time(generator: Generator, prompt: Prompt) -> None:
    stream = generator.stream(prompt)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert generator.generate(prompt).model == generator.id


@pytest.mark.parametrize("streamed", [True, False])
def test_an_adapter_it_does_not_know_is_an_error_never_the_bare_model(
    generator: Generator, prompt: Prompt, streamed: bool
) -> None:
    if generator.id == "echo":
        pytest.skip("a double for tests takes any adapter")
    with pytest.raises(DomainkitError, match="nobody-made-it"):
        if streamed:
            list(generator.stream(prompt, adapter="nobody-made-it"))
        else:
            generator.generate(prompt, adapter="nobody-made-it")
