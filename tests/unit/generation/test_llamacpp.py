from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tiny_gguf
import tiny_model
from tiny_adapters import write_adapter

from domainkit.errors import GateFailed, GenerationError, ModelError, UnknownComponent
from domainkit.generation import gguf_lora, parity
from domainkit.generation.adapters import Adapters
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.types import Generation, Message, Prompt

PROMPT = Prompt((Message("system", "Cite."), Message("user", "[1] 世界 é\n\nWhich?")))
TEXTS = ("Take two tablets.", "每日两片", "0123")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("base") / "tiny.gguf", kind="F32", context=1024)


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    for seed, name in enumerate(("one", "two", "three")):
        write_adapter(folder / name, base, seed=seed)
    return folder


@pytest.fixture(scope="module")
def generator(base: Path, adapters: Path) -> LlamaCppGenerator:
    return LlamaCppGenerator(
        base, name="tiny", max_tokens=12, threads=1, adapters=Adapters(adapters)
    )


@pytest.fixture(scope="module")
def reference(base: Path, adapters: Path) -> PeftGenerator:
    return PeftGenerator(base, name="tiny", max_tokens=12, adapters=Adapters(adapters))


@pytest.mark.parametrize("adapter", [None, "one", "two", "three"])
def test_it_says_what_the_training_engine_says(
    generator: LlamaCppGenerator, reference: PeftGenerator, adapter: str | None
) -> None:
    prompts = [generator.tokens(text) for text in TEXTS]

    found = parity.compare(reference, generator, prompts, adapter=adapter)

    assert found.prompts == len(TEXTS)
    assert found.mean < parity.MERGED
    found.require(parity.MERGED, "the tiny model")


def test_rows_of_q_and_k_in_the_order_of_transformers_fail_the_gate(
    base: Path, reference: PeftGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_adapter(tmp_path / "one", base, seed=0)
    monkeypatch.setattr(gguf_lora, "ordered", lambda rows, *_: rows)
    wrong = LlamaCppGenerator(
        base, name="tiny", max_tokens=4, threads=1, adapters=Adapters(tmp_path)
    )

    found = parity.compare(reference, wrong, [wrong.tokens(t) for t in TEXTS], adapter="one")

    assert found.mean > parity.MERGED
    with pytest.raises(GateFailed, match="the export: log-probabilities are"):
        found.require(parity.MERGED, "the export")


def test_answers_of_several_adapters_at_once_are_those_of_each_alone(
    base: Path, adapters: Path, generator: LlamaCppGenerator
) -> None:
    asked = [None, "one", "two", "three"] * 6
    alone = {}
    for name in dict.fromkeys(asked):
        lone = LlamaCppGenerator(
            base, name="tiny", max_tokens=12, threads=1, adapters=Adapters(adapters)
        )
        alone[name] = raw(lone, name)
        raw(generator, name)  # opened before, for llama.cpp starts anew with each

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda name: raw(generator, name), asked))

    assert together == [alone[name] for name in asked]
    assert len(set(alone.values())) == 4


def raw(generator: LlamaCppGenerator, adapter: str | None) -> str:
    """Return all that is written, whole sentences or not."""
    pieces = generator.stream(PROMPT, adapter=adapter)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def test_a_prompt_that_begins_alike_is_not_computed_again(base: Path) -> None:
    generator = LlamaCppGenerator(base, name="tiny", max_tokens=4, threads=1)
    system = Message("system", "Answer only from the sources. " * 8)

    first = generator.generate(Prompt((system, Message("user", "Which?"))))
    second = generator.generate(Prompt((system, Message("user", "How many?"))))

    assert first.usage.cached_tokens == 0
    computed = second.usage.prompt_tokens - second.usage.cached_tokens
    assert computed <= 0.35 * second.usage.prompt_tokens


def test_a_prompt_longer_than_the_context_is_an_error(generator: LlamaCppGenerator) -> None:
    with pytest.raises(GenerationError, match=r"the prompt has [\d,]+ tokens; tiny takes 1,024"):
        generator.generate(Prompt((Message("user", "x" * 3000),)))


def test_cancelled_while_it_writes(base: Path) -> None:
    generator = LlamaCppGenerator(base, name="tiny", max_tokens=900, threads=1)
    cancel = threading.Event()
    pieces = generator.stream(PROMPT, cancel=cancel)
    next(pieces)
    cancel.set()

    *_, last = pieces

    assert isinstance(last, Generation)
    assert last.finish == "cancelled"
    assert generator.generate(PROMPT).finish in {"stop", "length"}


def test_an_adapter_that_changes_nothing_is_refused(base: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "idle", base, seed=0, scale=0.0)
    generator = LlamaCppGenerator(
        base, name="tiny", max_tokens=4, threads=1, adapters=Adapters(tmp_path)
    )

    for _ in range(2):  # the second answer is no more the adapter's than the first
        with pytest.raises(ModelError, match="adapter 'idle' changes nothing"):
            generator.generate(PROMPT, adapter="idle")


def test_an_adapter_that_llama_cpp_did_not_take_is_not_taken_for_open(
    base: Path, adapters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = LlamaCppGenerator(
        base, name="tiny", max_tokens=4, threads=1, adapters=Adapters(adapters)
    )

    def fails(*_: object) -> None:
        raise ModelError("no memory")

    with monkeypatch.context() as broken:
        broken.setattr(generator, "_serve", fails)
        for _ in range(2):
            with pytest.raises(ModelError, match="no memory"):
                generator.generate(PROMPT, adapter="one")

    assert generator.generate(PROMPT, adapter="one").adapter == "one"


def test_no_proxy_is_sent_what_is_asked_of_this_process(
    generator: LlamaCppGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib.request, "_opener", None)  # it keeps the proxies it began with
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody listens there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert generator.count("Take two tablets.") > 3


def test_an_adapter_of_another_base_is_refused(base: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "other", base, seed=0, fingerprint="0" * 64)
    generator = LlamaCppGenerator(
        base, name="tiny", max_tokens=4, threads=1, adapters=Adapters(tmp_path)
    )

    with pytest.raises(ModelError, match="was tuned on another base"):
        generator.generate(PROMPT, adapter="other")


def test_without_a_folder_of_adapters_there_are_none(base: Path) -> None:
    generator = LlamaCppGenerator(base, name="tiny", max_tokens=4, threads=1)

    with pytest.raises(UnknownComponent, match="opened without adapters"):
        generator.generate(PROMPT, adapter="one")


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(64))

    with pytest.raises(ModelError, match=r"broken\.gguf"):
        LlamaCppGenerator(path, name="broken", max_tokens=4)


def test_its_own_endpoint_wants_the_key(generator: LlamaCppGenerator) -> None:
    import urllib.error
    import urllib.request

    address = generator._server.listening_address
    assert address.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/tokenize", data=b"{}")  # noqa: S310 - our own
    assert refused.value.code == 401
    refused.value.close()
