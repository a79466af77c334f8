from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tiny_chatglm
import tiny_model
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from domainkit.cli import models
from domainkit.errors import ModelError
from domainkit.generation.base_model import open_base, open_text
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.models import cache
from domainkit.models.importing import run as importing
from domainkit.models.importing import words
from domainkit.types import Message, Prompt

DAY = date(2026, 1, 2)
IDS = [3, 17, 260, 261, 5, 5, 99, 300, 1, 42, 7]
MESSAGES = [Message("system", "A"), Message("user", "hello"), Message("assistant", "B")]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        pytest.param("chatglm3", {}, id="ChatGLM3"),
        pytest.param("glm4", {"rope_ratio": 500, "layernorm_epsilon": 1.5625e-07}, id="GLM-4"),
        pytest.param("chatglm2", {"rope_ratio": 50}, id="ChatGLM2-32K"),
        pytest.param("chatglm3", {"multi_query_attention": False}, id="a key for each head"),
    ],
)
def test_the_native_model_computes_what_the_checkpoint_does(
    kind: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    config = {**tiny_chatglm.CONFIG, **changes}
    made = tiny_chatglm.write(tmp_path / "chatglm", config, words=kind)
    planned = importing.plan(tmp_path / "chatglm")
    told: list[tuple[str, int, int]] = []
    target = importing.run(
        planned, tmp_path / "native", today=DAY, progress=lambda *step: told.append(step)
    )

    model = open_base(target).model
    with torch.inference_mode():
        found = model(input_ids=torch.tensor([IDS])).logits[0]
        wanted = tiny_chatglm.forward(config, made, IDS, divides=kind == "chatglm2")

    assert type(model).__name__ == "GlmForCausalLM"
    assert wanted.std() > 0.2
    assert float((found - wanted).abs().max()) <= 1e-5
    assert [step[1:] for step in told] == [(0, 2), (1, 2), (1, 2), (2, 2)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["chatglm", "native"]


def test_it_is_asked_like_any_other_and_its_card_has_the_hashes(tmp_path: Path) -> None:
    tiny_chatglm.write(tmp_path / "chatglm")
    target = importing.run(importing.plan(tmp_path / "chatglm"), tmp_path / "native", today=DAY)

    engine = PeftGenerator(target, name="tiny", max_tokens=5)
    assert engine.context == 512
    assert engine.generate(Prompt(tuple(MESSAGES[:2]))).usage.completion_tokens <= 5

    card = (target / importing.CARD).read_text()
    for name in ("config.json", "model-00001-of-00002.safetensors", "tokenizer.json"):
        assert cache.sha256(target / name) in card
    assert cache.sha256(tmp_path / "chatglm" / "model-00002-of-00002.safetensors") in card
    assert "2026-01-02" in card


def test_weights_in_torchs_own_format_are_read_too(tmp_path: Path) -> None:
    made = tiny_chatglm.write(tmp_path / "safe", files=1)
    folder = tmp_path / "torch"
    tiny_chatglm.write(folder)
    for file in folder.glob("model*"):
        file.unlink()
    torch.save(made, folder / "pytorch_model.bin")

    for name in ("safe", "torch"):
        importing.run(importing.plan(tmp_path / name), tmp_path / f"{name}-native", today=DAY)

    safe, other = (
        load_file(tmp_path / f"{name}-native" / "model.safetensors") for name in ("safe", "torch")
    )
    assert safe.keys() == other.keys()
    assert all(torch.equal(safe[name], other[name]) for name in safe)


def test_a_program_in_place_of_weights_is_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "chatglm"
    tiny_chatglm.write(folder)
    for file in folder.glob("model*"):
        file.unlink()
    ran = tmp_path / "ran"
    torch.save({"transformer.output_layer.weight": _Program(ran)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin: not a file of weights"):
        importing.plan(folder)
    assert not ran.exists()


class _Program:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self._path,)


def test_words_of_chatglm3_are_read_as_sentencepiece_reads_them(tmp_path: Path) -> None:
    tiny_chatglm.write(tmp_path)
    made = words.convert(tmp_path)
    spelt = made.tokenizer
    assert (made.kind, made.ends, made.pad) == ("chatglm3", (2, 279, 281), 0)

    def pieces(text: str) -> list[str]:
        return list(spelt.convert_ids_to_tokens(spelt.encode(text, add_special_tokens=False)))

    assert pieces("hello") == ["▁hello"]
    assert pieces("hello两片") == ["▁hello", "两", "片"]
    assert pieces("\n hello") == ["▁", "<0x0A>", "▁hello"]
    assert pieces("é") == ["▁", "<0xC3>", "<0xA9>"]
    assert pieces("[gMASK]sop<|user|>\n hello<|assistant|>") == [
        "[gMASK]",
        "sop",
        "<|user|>",
        "▁",
        "<0x0A>",
        "▁hello",
        "<|assistant|>",
    ]
    for text in ("hello", "两片 A", "é\n\nB", "hello  hello"):
        assert spelt.decode(spelt.encode(text, add_special_tokens=False)) == text


def test_words_of_glm4_are_those_of_its_ranks(tmp_path: Path) -> None:
    import tiktoken

    tiny_chatglm.write(tmp_path, words="glm4")
    made = words.convert(tmp_path)
    theirs = tiktoken.Encoding(
        "glm4", pat_str=words._CUT, mergeable_ranks=tiny_chatglm.ranks(), special_tokens={}
    )
    assert made.kind == "glm4"
    assert made.ends == (261, 268, 270)
    for text in ("hello hello", "Hello, hell!\n\n ohé 12345", "两片  两片\r\n", "don't'LL"):
        ours = made.tokenizer.encode(text, add_special_tokens=False)
        assert ours == theirs.encode(text)
        assert made.tokenizer.decode(ours) == text


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (
            "chatglm2",
            "[gMASK]sopA\n\n[Round 1]\n\n问：hello\n\n答：B\n\n",
        ),
        (
            "chatglm3",
            "[gMASK]sop<|system|>\n A<|user|>\n hello<|assistant|>\n B<|assistant|>",
        ),
        (
            "glm4",
            "[gMASK]<sop><|system|>\nA<|user|>\nhello<|assistant|>\nB<|assistant|>",
        ),
    ],
)
def test_each_is_asked_by_the_template_of_its_makers(
    kind: str, written: str, tmp_path: Path
) -> None:
    tiny_chatglm.write(tmp_path / "old", words=kind)
    target = importing.run(importing.plan(tmp_path / "old"), tmp_path / "new", today=DAY)
    text = open_text(target)
    assert text.chat.render(MESSAGES) == written
    begun = text.tokenizer("[gMASK]<sop>" if kind == "glm4" else "[gMASK]sop")
    assert len(begun["input_ids"]) == 2


def test_tensors_that_are_not_known_or_not_there_are_named(tmp_path: Path) -> None:
    made = tiny_chatglm.write(tmp_path, files=1)
    file = tmp_path / "model-00001-of-00001.safetensors"
    odd = "transformer.encoder.layers.0.self_attention.query_key_value.weight_scale"
    save_file({**made, odd: torch.ones(2)}, str(file))
    with pytest.raises(ModelError, match=r"not known: .*weight_scale"):
        importing.plan(tmp_path)
    lost = "transformer.encoder.layers.2.mlp.dense_4h_to_h.weight"
    save_file({key: value for key, value in made.items() if key != lost}, str(file))
    with pytest.raises(ModelError, match=r"lacks tensors: model\.layers\.2\.mlp\.down_proj"):
        importing.plan(tmp_path)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "chatglm", "position_encoding_2d": True}, "two-dimensional positions"),
        ({"model_type": "llama"}, "needs no import"),
        ({**tiny_chatglm.CONFIG, "quantization_bit": 4}, "quantization_bit = 4"),
        ({**tiny_chatglm.CONFIG, "add_bias_linear": True}, "add_bias_linear = True"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_reason(
    config: dict[str, Any], said: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=said):
        importing.plan(tmp_path)


def test_the_command_tells_before_it_writes(tmp_path: Path) -> None:
    tiny_chatglm.write(tmp_path / "glm")
    asked = ["import", str(tmp_path / "glm")]
    tried = CliRunner().invoke(models.app, [*asked, "--dry-run", "--json"])
    assert json.loads(tried.stdout)["config"]["model_type"] == "glm"
    assert not (tmp_path / "glm-native").exists()

    done = CliRunner().invoke(models.app, asked)
    assert f"wrote {tmp_path / 'glm-native'}: 36 tensors" in done.stdout
    again = CliRunner().invoke(models.app, asked)
    assert isinstance(again.exception, ModelError)
    assert "is there already" in str(again.exception)
