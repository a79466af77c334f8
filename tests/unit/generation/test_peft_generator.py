from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_model
import torch
from tiny_adapters import write_adapter

from domainkit.errors import GenerationError, ModelError, UnknownComponent
from domainkit.generation.adapters import Adapters
from domainkit.generation.base_model import open_text
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.packs.schemas.adapter import MANIFEST, WEIGHTS
from domainkit.types import Generation, Message, Prompt

PROMPT = Prompt((Message("system", "Cite."), Message("user", "[1] 世界 é\n\nWhich?")))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    for seed, name in enumerate(("one", "two", "three")):
        write_adapter(folder / name, base, seed=seed)
    return folder


def generator(base: Path, adapters: Path | None = None, **options: object) -> PeftGenerator:
    return PeftGenerator(
        base, name="tiny", max_tokens=24, adapters=adapters and Adapters(adapters), **options
    )


def test_the_answer_is_the_likeliest_token_each_time(base: Path) -> None:
    from transformers import AutoModelForCausalLM

    text = open_text(base)
    ids = text.tokenizer(text.chat.render(PROMPT.messages), return_tensors="pt")["input_ids"]
    model = AutoModelForCausalLM.from_pretrained(base)
    written = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False
    )[0, ids.shape[1] :]
    made = generator(base)
    mine = [token for token, _ in zip(made._tokens(ids[0].tolist(), None), written, strict=False)]
    assert mine == written.tolist()
    generation = made.generate(PROMPT)
    assert generation.usage.prompt_tokens == ids.shape[1]
    assert generation.model == "peft:tiny"
    assert generation.adapter is None


def test_each_adapter_changes_the_answer_and_none_gives_the_base_back(
    base: Path, adapters: Path
) -> None:
    made = generator(base, adapters)
    plain = generator(base).generate(PROMPT).text
    answers = {name: made.generate(PROMPT, adapter=name).text for name in ("one", "two", "three")}
    assert len({plain, *answers.values()}) == 4
    assert made.generate(PROMPT).text == plain
    assert made.generate(PROMPT, adapter="one").text == answers["one"]


def test_interleaved_requests_never_see_each_others_adapter(base: Path, adapters: Path) -> None:
    names = ("one", None, "two", "three", None, "one")
    alone = [generator(base, adapters).generate(PROMPT, adapter=name).text for name in names]
    made = generator(base, adapters)
    streams = [made.stream(PROMPT, adapter=name) for name in names]
    texts = [""] * len(names)
    waiting = set(range(len(names)))
    while waiting:  # one token of each in turn
        for i in sorted(waiting):
            piece = next(streams[i])
            if isinstance(piece, Generation):
                texts[i] = piece.text
                waiting.remove(i)
    assert texts == alone


def test_threads_get_the_answers_they_would_get_alone(base: Path, adapters: Path) -> None:
    names = ("one", None, "two", "one")
    made = generator(base, adapters)
    alone = [made.generate(PROMPT, adapter=name).text for name in names]
    found: dict[int, str] = {}

    def ask(i: int) -> None:
        found[i] = made.generate(PROMPT, adapter=names[i]).text

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(len(names))] == alone


def test_the_pieces_of_a_stream_are_whole_characters_and_make_the_answer(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generator(base)
    *ids, end = open_text(base).tokenizer("世界 é [1]<|im_end|>")["input_ids"]
    monkeypatch.setattr(made, "_tokens", lambda prompt, adapter: iter([*ids, end, *ids]))
    *pieces, last = made.stream(PROMPT)
    assert pieces == [*"世界 é [1]"]
    assert isinstance(last, Generation)
    assert last.text == "世界 é [1]"
    assert last.finish == "stop"
    assert last.usage.completion_tokens == len(ids)
    assert 0 < (last.usage.first_token_seconds or 0) <= last.usage.seconds


def test_an_answer_ends_before_the_model_writes_the_next_question(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generator(base)
    ids = open_text(base).tokenizer("Yes [1].\nQuit.\nQuestion: More?")["input_ids"]
    made._max_tokens = len(ids)
    monkeypatch.setattr(made, "_tokens", lambda prompt, adapter: iter(ids))
    *pieces, last = made.stream(PROMPT)
    assert "".join(pieces) == "Yes [1].\nQuit."
    assert isinstance(last, Generation)
    assert (last.text, last.finish) == ("Yes [1].\nQuit.", "stop")


def test_an_answer_cut_short_keeps_its_finished_sentences(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generator(base)
    ids = open_text(base).tokenizer("Two a day [1]. Never more tha")["input_ids"]
    made._max_tokens = len(ids)
    monkeypatch.setattr(made, "_tokens", lambda prompt, adapter: iter(ids))
    generation = made.generate(PROMPT)
    assert (generation.text, generation.finish) == ("Two a day [1].", "length")


def test_an_answer_ends_at_its_greatest_length(base: Path) -> None:
    generation = PeftGenerator(base, name="tiny", max_tokens=3).generate(PROMPT)
    assert generation.finish == "length"
    assert generation.usage.completion_tokens == 3


def test_an_answer_that_goes_round_in_a_circle_is_stopped(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = PeftGenerator(base, name="tiny", max_tokens=1000)
    ids = open_text(base).tokenizer("The dose is two tablets a day [1]. ")["input_ids"]
    monkeypatch.setattr(made, "_tokens", lambda prompt, adapter: itertools.cycle(ids))
    generation = made.generate(PROMPT)
    assert generation.finish == "stop"
    assert generation.usage.completion_tokens < 200


def test_a_stream_stops_soon_after_it_is_cancelled(base: Path) -> None:
    cancel = threading.Event()
    stream = generator(base).stream(PROMPT, cancel=cancel)
    next(stream)
    cancel.set()
    *_, last = stream
    assert isinstance(last, Generation)
    assert last.finish == "cancelled"
    assert last.usage.completion_tokens < 5


def test_an_unknown_adapter_is_an_error_that_names_the_nearest(base: Path, adapters: Path) -> None:
    for name in ("onee", "../adapters/one", "", "."):
        with pytest.raises(UnknownComponent, match="has no adapter called"):
            generator(base, adapters).generate(PROMPT, adapter=name)
    with pytest.raises(UnknownComponent, match="did you mean one"):
        generator(base, adapters).generate(PROMPT, adapter="onee")
    with pytest.raises(UnknownComponent, match="opened without adapters"):
        generator(base).generate(PROMPT, adapter="one")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fingerprint": "0" * 64}, "tuned on another base"),
        ({"chat": "0" * 64}, "tuned with another chat template"),
    ],
)
def test_an_adapter_of_another_base_or_template_is_refused(
    base: Path, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    write_adapter(tmp_path / "other", base, seed=9, **changes)
    with pytest.raises(ModelError, match=said) as caught:
        generator(base, tmp_path).generate(PROMPT, adapter="other")
    assert "domainkit train --recipe embedded" in caught.value.hint


def test_an_adapter_of_other_prompts_is_refused(base: Path, adapters: Path) -> None:
    made = generator(base, adapters, prompt_hash="hash-of-prompts")
    assert made.generate(PROMPT, adapter="one").adapter == "one"
    with pytest.raises(ModelError, match="tuned with other prompts"):
        generator(base, adapters, prompt_hash="newer").generate(PROMPT, adapter="one")


def test_an_adapter_that_changes_nothing_is_refused_every_time(base: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "idle", base, seed=1, scale=0.0)
    write_adapter(tmp_path / "one", base, seed=0)
    made = generator(base, tmp_path)
    for _ in range(2):
        with pytest.raises(ModelError, match="'idle' changes nothing"):
            made.generate(PROMPT, adapter="idle")
    assert made.generate(PROMPT).text == generator(base).generate(PROMPT).text
    assert made.generate(PROMPT, adapter="one").text != made.generate(PROMPT).text


def test_changed_weights_are_refused(base: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "one", base, seed=0)
    weights = tmp_path / "one" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelError, match="is damaged"):
        generator(base, tmp_path).generate(PROMPT, adapter="one")


def test_a_prompt_longer_than_the_context_is_an_error(base: Path) -> None:
    long = Prompt((Message("user", "x" * 5000),))
    with pytest.raises(GenerationError, match="tiny takes 4,096"):
        generator(base).generate(long)


def test_what_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot open this model"):
        generator(tmp_path)
    with pytest.raises(ModelError, match="there is no model here"):
        generator(tmp_path / "absent")


def test_adapters_are_listed_newest_first(adapters: Path) -> None:
    (adapters / ".four").mkdir(exist_ok=True)  # an interrupted run
    assert [a.manifest.name for a in Adapters(adapters).all()] == ["three", "two", "one"]
    assert Adapters(adapters / "absent").all() == []


def test_a_damaged_manifest_names_the_file_and_the_key(base: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "one", base, seed=0)
    path = tmp_path / "one" / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "statsu": "active"}))
    with pytest.raises(ModelError, match=r"manifest\.json: statsu: Extra inputs"):
        Adapters(tmp_path).get("one")
    with pytest.raises(UnknownComponent, match=r"no adapter called 'on'.*did you mean one"):
        Adapters(tmp_path).get("on")
