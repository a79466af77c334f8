from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_gguf
from served_model import KEY, Model, served

from domainkit.errors import GenerationError, ModelError, UnknownComponent
from domainkit.generation import vllm
from domainkit.generation.chat import ChatGenerator, ChatOptions
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.types import Generation, Message, Prompt

PROMPT = Prompt((Message("system", "Cite."), Message("user", "For how long?")))


@pytest.fixture
def model() -> Iterator[Model]:
    with served(Model()) as it:
        yield it


def chat(model: Model, *, key: str = KEY, seconds: float = 5.0, tokens: int = 40) -> ChatGenerator:
    return ChatGenerator(
        ChatOptions("openai:base", model.url, key=key, seconds=seconds, max_tokens=tokens)
    )


def test_the_key_is_not_shown_with_the_options() -> None:
    assert KEY not in repr(ChatOptions("openai:base", "http://127.0.0.1/v1", key=KEY))


def test_an_answer_comes_in_pieces_with_its_usage(model: Model) -> None:
    *pieces, last = chat(model).stream(PROMPT)

    assert pieces == ["Measure ", "for 7 days. ", "[1]"]
    assert isinstance(last, Generation)
    assert (last.text, last.finish, last.adapter) == ("Measure for 7 days. [1]", "stop", None)
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (12, 3)
    assert last.model == "chat:openai:base"


def test_it_asks_for_the_likeliest_words_and_keeps_the_roles(model: Model) -> None:
    chat(model, tokens=7).generate(PROMPT)

    (asked,) = model.asked
    assert [turn["role"] for turn in asked["messages"]] == ["system", "user"]
    assert (asked["temperature"], asked["seed"]) == (0.0, 0)
    assert asked["max_completion_tokens"] == 7


def test_an_adapter_is_a_model_of_its_own_name(model: Model) -> None:
    model.adapters["clinic"] = "somewhere"

    assert chat(model).generate(PROMPT, adapter="clinic").adapter == "clinic"
    assert model.asked[-1]["model"] == "clinic"
    with pytest.raises(UnknownComponent, match="serves no adapter called 'clinics'") as refused:
        chat(model).generate(PROMPT, adapter="clinics")
    assert "clinic" in str(refused.value.hint)


def test_adapters_are_loaded_and_unloaded_while_it_serves(model: Model, tmp_path: Path) -> None:
    vllm.load(model.url, KEY, name="clinic", folder=tmp_path / "clinic", seconds=5)
    assert model.adapters == {"clinic": str((tmp_path / "clinic").resolve())}
    assert chat(model).generate(PROMPT, adapter="clinic").text

    vllm.unload(model.url, KEY, name="clinic", seconds=5)
    with pytest.raises(UnknownComponent):
        chat(model).generate(PROMPT, adapter="clinic")


def test_a_server_that_takes_no_adapter_says_why(model: Model) -> None:
    with pytest.raises(GenerationError, match="refused adapter 'x': 404 The lora adapter 'x'"):
        vllm.unload(model.url, KEY, name="x", seconds=5)
    with pytest.raises(GenerationError, match="401 Unauthorized"):
        vllm.load(model.url, "wrong", name="x", folder=Path(), seconds=5)
    with pytest.raises(GenerationError, match="cannot be reached"):
        vllm.unload("http://127.0.0.1:9/v1", KEY, name="x", seconds=5)


def test_a_server_that_is_too_slow_is_an_error(model: Model) -> None:
    model.fault = "slow"

    with pytest.raises(GenerationError, match=r"chat:openai:base at http.*failed: .*timed out"):
        chat(model, seconds=0.3).generate(PROMPT)
    model.left.set()


def test_a_connection_that_breaks_in_the_middle_is_an_error_not_half_an_answer(
    model: Model,
) -> None:
    model.fault = "broken"
    stream = chat(model).stream(PROMPT)

    assert next(stream) == "Measure "
    with pytest.raises(GenerationError, match="failed"):
        list(stream)


@pytest.mark.parametrize(
    "instead",
    [
        b'data: {"id": "1", "choices": [{"index"',
        b"data: <html>502 Bad Gateway</html>",
        b"data: \xff\xfe",
        b'data: {"id": "1", "object": "chat.completion.chunk", "choices": null}',
        b'data: {"error": {"message": "the engine died"}}',
    ],
)
def test_a_stream_that_cannot_be_read_is_an_error_not_half_an_answer(
    model: Model, instead: bytes
) -> None:
    model.instead = instead
    stream = chat(model).stream(PROMPT)

    assert next(stream) == "Measure "
    with pytest.raises(GenerationError, match=r"chat:openai:base at http.* failed: "):
        list(stream)


def test_a_server_that_stalls_in_the_middle_is_an_error(model: Model) -> None:
    model.fault = "stalled"
    stream = chat(model, seconds=0.4).stream(PROMPT)

    assert next(stream) == "Measure "
    with pytest.raises(GenerationError, match="timed out"):
        list(stream)
    model.left.set()


@pytest.mark.parametrize(("key", "url"), [("wrong", ""), (KEY, "http://127.0.0.1:9/v1")])
def test_a_server_that_says_no_or_is_away_is_an_error(model: Model, key: str, url: str) -> None:
    options = ChatOptions("openai:base", url or model.url, key=key, seconds=5)

    with pytest.raises(GenerationError, match="failed") as refused:
        ChatGenerator(options).generate(PROMPT)
    assert KEY not in str(refused.value)


def test_a_reader_that_leaves_ends_the_request(model: Model) -> None:
    model.words, model.fault = tuple(f"word{n} " for n in range(5000)), "endless"
    cancel = threading.Event()
    stream = chat(model).stream(PROMPT, cancel=cancel)
    next(stream)
    cancel.set()

    *_, last = stream

    assert isinstance(last, Generation)
    assert last.finish == "cancelled"
    assert model.left.wait(5)


def test_a_model_that_goes_round_in_a_circle_is_stopped(model: Model) -> None:
    model.words = ("The sources are quotations and hold no instruction to follow. ",) * 500

    written = chat(model).generate(PROMPT)

    assert written.finish == "stop"
    assert len(written.text) < 500


def test_the_next_question_a_model_writes_itself_is_no_answer(model: Model) -> None:
    model.words = ("Seven days. [1]", "\nQues", "tion: And then?", " Nothing.")

    *pieces, last = chat(model).stream(PROMPT)

    assert isinstance(last, Generation)
    assert last.text == "Seven days. [1]"
    assert "".join(map(str, pieces)) == "Seven days. [1]"


def test_against_llama_cpp_s_own_server(tmp_path: Path) -> None:
    path = tiny_gguf.write(tmp_path / "tiny.gguf", context=1024)
    engine = LlamaCppGenerator(path, name="tiny", max_tokens=6, threads=1)
    url = f"{engine._server.listening_address}/v1"
    remote = ChatGenerator(ChatOptions("openai:tiny", url, key=engine._key, max_tokens=6))

    *_, last = remote.stream(PROMPT)

    assert isinstance(last, Generation)
    assert last.finish == "length"
    assert last.usage.completion_tokens == 6


@pytest.mark.parametrize(("model", "url"), [("openai:", "http://x/v1"), ("gpt", "http://x/v1")])
def test_without_a_provider_and_a_name_there_is_no_model(model: str, url: str) -> None:
    with pytest.raises(ModelError, match="needs a model and its server's address"):
        ChatGenerator(ChatOptions(model, url))


def test_no_address_is_assumed() -> None:
    with pytest.raises(ModelError, match="its server's address"):
        ChatGenerator(ChatOptions("openai:gpt", ""))


def test_a_provider_nobody_knows_is_named() -> None:
    with pytest.raises(ModelError, match="no provider 'nobody'"):
        ChatGenerator(ChatOptions("nobody:m", "http://127.0.0.1:9"))


def test_counting_errs_on_the_side_of_more(model: Model) -> None:
    count = chat(model).count
    assert count("Take two tablets a day, then rest.") >= 8
    assert count("每日服用两片") >= 6
