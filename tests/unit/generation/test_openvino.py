from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import tiny_gguf
from sources import source
from tiny_adapters import write_adapter

from domainkit.errors import GenerationError, ModelError, UnknownComponent
from domainkit.generation import header, openvino_pipelines, parity
from domainkit.generation.adapters import Adapters
from domainkit.generation.ending import whole
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.generation.prompt import compose
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.types import Generation, Message, Prompt, Question

PROMPT = Prompt((Message("system", "Be brief."), Message("user", "How many?")))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("openvino") / "tiny.gguf")


@pytest.fixture(scope="module")
def generator(model: Path) -> OpenVinoGenerator:
    return OpenVinoGenerator(model, name="tiny", max_tokens=24)


def text_of(pieces: list[str | Generation]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


def test_it_names_its_engine_and_model_and_knows_its_context(generator: OpenVinoGenerator) -> None:
    assert generator.id == "openvino:tiny"
    assert generator.context == 512


def test_the_same_prompt_gives_the_same_answer(generator: OpenVinoGenerator) -> None:
    first, *others = (text_of(list(generator.stream(PROMPT))) for _ in range(3))
    assert first
    assert others == [first, first]


def test_a_stream_ends_with_what_generate_returns(generator: OpenVinoGenerator) -> None:
    *pieces, last = generator.stream(PROMPT)
    assert isinstance(last, Generation)
    assert last.text == generator.generate(PROMPT).text == whole(text_of(pieces))
    assert last.model == "openvino:tiny"
    assert last.finish == "length"


def test_usage_is_measured(generator: OpenVinoGenerator, model: Path) -> None:
    usage = generator.generate(PROMPT).usage
    rendered = header.read(model).chat.render(PROMPT.messages)
    assert usage.prompt_tokens == generator.count(rendered)
    assert usage.completion_tokens == 24
    assert usage.first_token_seconds is not None
    assert 0 < usage.first_token_seconds <= usage.seconds


@pytest.mark.parametrize("text", ["", "a", "two words", "资料", "<|im_start|>", "é"])
def test_tokens_are_counted_as_the_vocabulary_has_them(
    generator: OpenVinoGenerator, text: str
) -> None:
    expected = 1 if text.startswith("<|") else len(text.encode())
    assert generator.count(text) == expected


def test_a_set_cancel_stops_before_the_first_token(generator: OpenVinoGenerator) -> None:
    cancel = Event()
    cancel.set()
    (only,) = generator.stream(PROMPT, cancel=cancel)
    assert isinstance(only, Generation)
    assert (only.text, only.finish) == ("", "cancelled")


def test_cancelling_stops_the_writing(model: Path) -> None:
    patient = OpenVinoGenerator(model, name="tiny", max_tokens=400)
    cancel = Event()
    stream = patient.stream(PROMPT, cancel=cancel)
    next(stream)
    cancel.set()
    last = list(stream)[-1]
    assert isinstance(last, Generation)
    assert last.finish == "cancelled"
    assert last.usage.completion_tokens < 400


def test_a_reader_that_leaves_stops_the_writing(model: Path) -> None:
    patient = OpenVinoGenerator(model, name="tiny", max_tokens=400)
    stream = patient.stream(PROMPT)
    next(stream)
    stream.close()
    assert patient.generate(PROMPT).usage.prompt_tokens > 0


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("base") / "tiny.gguf", context=1024)


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    for seed, name in ((3, "one"), (7, "two"), (0, "idle")):  # what these write can be read
        write_adapter(folder / name, base, seed=seed, scale=0.0 if name == "idle" else 1.0)
    return folder


def test_an_adapter_is_added_to_a_model_of_its_own(base: Path, adapters: Path) -> None:
    reference = PeftGenerator(base, name="tiny", max_tokens=4, adapters=Adapters(adapters))
    prompts = [reference.tokens(text) for text in ("Take two tablets.", "每日两片", "0123")]
    about = header.read(base)
    for name in ("one", "two"):
        OpenVinoGenerator(base, name="tiny", max_tokens=4, adapters=Adapters(adapters)).generate(
            PROMPT, adapter=name
        )
        (file,) = (adapters / name).glob(f".*{about.digest[:16]}-merged.gguf")
        merged = LlamaCppGenerator(file, name="merged", max_tokens=4, threads=1)
        wanted = parity.told(reference, prompts, adapter=name)
        found = parity.between(wanted, parity.told(merged, prompts, best=80))
        plain = parity.between(wanted, parity.told(reference, prompts, best=80))
        assert found.mean < 0.02  # 8 bits
        assert plain.mean > 5 * found.mean  # what the adapter changes


def test_answers_of_several_adapters_at_once_are_those_of_each_alone(
    base: Path, adapters: Path
) -> None:
    def write(name: str | None, engine: OpenVinoGenerator) -> str:
        return text_of(list(engine.stream(PROMPT, adapter=name)))

    def fresh() -> OpenVinoGenerator:
        return OpenVinoGenerator(base, name="tiny", max_tokens=12, adapters=Adapters(adapters))

    alone = {name: write(name, fresh()) for name in (None, "one", "two")}
    assert len(set(alone.values())) == 3
    together, asked = fresh(), [None, "one", "two"] * 8
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda name: write(name, together), asked))
    assert written == [alone[name] for name in asked]
    assert together.generate(PROMPT, adapter="one").adapter == "one"


def test_no_more_models_are_open_than_there_may_be(
    generator: OpenVinoGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str | None] = []
    pipelines = generator._pipelines

    def open_(name: str | None) -> SimpleNamespace:
        opened.append(name)
        return SimpleNamespace(name=name, is_broken=False)

    monkeypatch.setattr(openvino_pipelines, "_OPEN", 2)
    monkeypatch.setattr(pipelines, "_opened", {})
    monkeypatch.setattr(pipelines, "_open", open_)
    for name in (None, "one", None, "two", "one"):
        assert pipelines.of(name).name == name  # type: ignore[attr-defined]
    assert opened == [None, "one", "two", "one"]
    assert list(pipelines._opened) == ["two", "one"]


def test_while_an_adapter_is_opened_the_others_answer(
    base: Path, adapters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = OpenVinoGenerator(base, name="tiny", max_tokens=4, adapters=Adapters(adapters))
    engine.generate(PROMPT)
    begun, go = Event(), Event()

    def slow(name: str | None) -> None:
        begun.set()
        assert go.wait(60)
        raise ModelError(f"{name} cannot be opened", hint="none")

    monkeypatch.setattr(engine._pipelines, "_open", slow)
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(engine.generate, PROMPT, adapter="one")
        assert begun.wait(60)
        assert engine.generate(PROMPT).model == "openvino:tiny"
        go.set()
        with pytest.raises(ModelError, match="one cannot be opened"):
            waiting.result()


def test_a_pipeline_that_failed_says_so_and_is_opened_anew(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = OpenVinoGenerator(base, name="tiny", max_tokens=4)
    before = engine._pipelines.of(None)
    failing = SimpleNamespace(
        generate=before._pipeline.generate,
        add_request=before._pipeline.add_request,
        has_non_finished_requests=before._pipeline.has_non_finished_requests,
    )

    def fail(*_: object) -> None:
        raise RuntimeError("openvino/source.cpp:7:\nthe processor is on fire")

    failing.generate = fail
    monkeypatch.setattr(before, "_pipeline", failing)
    with pytest.raises(GenerationError, match="openvino:tiny failed: the processor is on fire"):
        engine.generate(PROMPT)
    assert engine.generate(PROMPT).usage.completion_tokens == 4
    assert engine._pipelines.of(None) is not before


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_1"])
def test_next_tokens_are_those_of_the_reference(tmp_path: Path, kind: str) -> None:
    base = tiny_gguf.write(tmp_path / "tiny.gguf", kind=kind)
    reference = PeftGenerator(base, name="tiny", max_tokens=4)
    engine = OpenVinoGenerator(base, name="tiny", max_tokens=4)
    prompts = [reference.tokens(text) for text in ("Take two tablets.", "每日两片")]
    assert parity.compare(reference, engine, prompts).mean < 0.05  # 16 bits


def test_an_adapter_that_changes_nothing_is_refused(base: Path, adapters: Path) -> None:
    engine = OpenVinoGenerator(base, name="tiny", max_tokens=2, adapters=Adapters(adapters))
    with pytest.raises(ModelError, match="adapter 'idle' changes nothing"):
        engine.generate(PROMPT, adapter="idle")


def test_without_a_folder_of_adapters_there_are_none(generator: OpenVinoGenerator) -> None:
    with pytest.raises(UnknownComponent, match="'mine'"):
        generator.generate(PROMPT, adapter="mine")
    with pytest.raises(UnknownComponent, match="'mine'"):
        list(generator.stream(PROMPT, adapter="mine"))


def test_a_prompt_longer_than_the_context_is_refused(generator: OpenVinoGenerator) -> None:
    long = Prompt((Message("user", "word " * 200),))
    with pytest.raises(GenerationError, match=r"the prompt has 1,0\d\d tokens; tiny takes 512"):
        generator.generate(long)
    with pytest.raises(GenerationError, match="tiny takes 512"):
        list(generator.stream(long))


def test_an_answer_fits_into_what_the_prompt_leaves(generator: OpenVinoGenerator) -> None:
    spare = 512 - generator.generate(Prompt((Message("user", ""),))).usage.prompt_tokens
    tight = Prompt((Message("user", "a" * (spare - 5)),))
    assert generator.generate(tight).usage.completion_tokens <= 5


@pytest.mark.parametrize("kind", ["Q8_0", "Q5_0", "Q4_1"])
def test_what_was_prepared_is_used_again(tmp_path: Path, kind: str) -> None:
    path = tiny_gguf.write(tmp_path / "m.gguf", kind=kind)
    first = OpenVinoGenerator(path, name="m", max_tokens=8)
    (folder,) = tmp_path.glob(".openvino-*")
    assert (folder / "model.gguf").is_file() == (kind != "Q8_0")
    stamps = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    again = OpenVinoGenerator(path, name="m", max_tokens=8)
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == stamps
    assert text_of(list(first.stream(PROMPT))) == text_of(list(again.stream(PROMPT)))
    assert [p.name for p in tmp_path.iterdir() if p.name != folder.name] == ["m.gguf"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    path = tiny_gguf.write(tmp_path / "m.gguf")
    tmp_path.chmod(0o500)
    assert OpenVinoGenerator(path, name="m", max_tokens=4).count("a") == 1


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"broken\.gguf"):
        OpenVinoGenerator(path, name="broken", max_tokens=4)


def test_a_model_openvino_cannot_run_is_named(tmp_path: Path) -> None:
    path = tiny_gguf.write(tmp_path / "odd.gguf")
    content = path.read_bytes().replace(b"blk.0.attn_q.weight", b"blk.0.attn_z.weight")
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"odd\.gguf: OpenVINO cannot run this model"):
        OpenVinoGenerator(path, name="odd", max_tokens=4)


@pytest.fixture(scope="module")
def embedded() -> OpenVinoGenerator:
    try:
        path = cache.path("smollm2-135m-instruct")
    except ModelError as absent:
        pytest.skip(str(absent))
    return OpenVinoGenerator(path, name="smollm2-135m-instruct", max_tokens=64)


@pytest.mark.models
def test_the_embedded_model_answers(embedded: OpenVinoGenerator) -> None:
    asked = Prompt((PROMPT.messages[0], Message("user", "What is the capital of France?")))
    answer = embedded.generate(asked)
    assert "Paris" in answer.text
    assert answer.finish == "stop"


@pytest.mark.models
def test_the_embedded_model_reads_the_tokens_transformers_would(
    embedded: OpenVinoGenerator,
) -> None:
    from transformers import AutoTokenizer

    path = cache.path("smollm2-135m-instruct")
    theirs = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    chat = header.read(path).chat
    texts = ["Take 5 mg/kg, “每日两次”.", "naïve café — 3.5%", "<p>x</p>\t#12", "don't\nI'LL"]
    for number, text in enumerate(texts):
        asked = Question("How much?", language="zh" if number % 2 else "en")
        found = compose(
            loader.load("medical"), asked, [source(text)], budget=900, count=embedded.count
        )
        plain = [{"role": m.role, "content": m.content} for m in found.messages]
        rendered = theirs.apply_chat_template(plain, tokenize=False, add_generation_prompt=True)
        assert chat.render(found.messages) == rendered
        assert embedded.tokens(rendered) == theirs.encode(rendered, add_special_tokens=False)


@pytest.mark.models
def test_what_is_kept_of_earlier_prompts_does_not_change_an_answer(
    embedded: OpenVinoGenerator,
) -> None:
    asked = [Prompt((*PROMPT.messages[:1], Message("user", f"Name {n} rivers."))) for n in (2, 3)]
    cold = [embedded.generate(one).text for one in asked]
    warm = [embedded.generate(one).text for one in reversed(asked)]
    assert all(cold)
    assert warm == cold[::-1]
