from __future__ import annotations

from pathlib import Path

import pytest
import tiny_gguf

from domainkit.errors import ModelError
from domainkit.generation import header
from domainkit.generation.requantise import is_needed, requantise
from domainkit.types import Message


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("gguf") / "tiny.gguf", context=333)


def test_what_a_file_says_of_itself(gguf_file: Path) -> None:
    found = header.read(gguf_file)
    assert (found.architecture, found.context, found.stops) == ("llama", 333, frozenset({2}))
    assert found.chat.source == tiny_gguf.TEMPLATE
    assert found.chat.special == {
        "bos_token": "<|im_start|>",
        "eos_token": "<|im_end|>",
        "pad_token": "<|im_end|>",
        "unk_token": "<|endoftext|>",
    }
    assert found.chat.render([Message("user", "Hi")]) == (
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_heads_that_differ_by_layer_are_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gguf

    def listed(writer: gguf.GGUFWriter, count: int) -> None:
        writer.add_array("llama.attention.head_count_kv", [count, count])

    monkeypatch.setattr(gguf.GGUFWriter, "add_head_count_kv", listed)
    found = header.read(tiny_gguf.write(tmp_path / "listed.gguf"))
    assert found.key_heads == found.heads == tiny_gguf.HEADS


def test_it_is_what_the_library_reads(gguf_file: Path) -> None:
    import gguf

    found, library = header.read(gguf_file), gguf.GGUFReader(gguf_file)
    assert [(t.name, list(t.shape), t.kind, found.data + t.offset) for t in found.tensors] == [
        (t.name, t.shape.tolist(), t.tensor_type.value, t.data_offset) for t in library.tensors
    ]


def test_the_digest_is_of_the_header_alone(tmp_path: Path, gguf_file: Path) -> None:
    content = bytearray(gguf_file.read_bytes())
    content[-1] ^= 1
    (tmp_path / "weights.gguf").write_bytes(content)
    assert header.read(tmp_path / "weights.gguf").digest == header.read(gguf_file).digest
    other = tiny_gguf.write(tmp_path / "context.gguf", context=334)
    assert header.read(other).digest != header.read(gguf_file).digest


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"GGUF\x09" + bytes(40), b"GGUF"])
def test_what_is_no_gguf_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.gguf: not a GGUF file"):
        header.read(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.gguf"):
        header.read(tmp_path / "absent.gguf")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_header_cut_short_is_found(tmp_path: Path, gguf_file: Path, share: float) -> None:
    whole = gguf_file.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(whole[: int(header.read(gguf_file).metadata * share)])
    with pytest.raises(ModelError, match="not a GGUF file"):
        header.read(path)


def test_a_model_without_a_template_cannot_be_asked(tmp_path: Path) -> None:
    path = tiny_gguf.write(tmp_path / "base.gguf", template="")
    with pytest.raises(ModelError, match=r"base\.gguf: the model carries no chat template"):
        header.read(path)


def test_only_kinds_that_are_not_read_are_rewritten(tmp_path: Path, gguf_file: Path) -> None:
    assert not is_needed(header.read(gguf_file))
    assert is_needed(header.read(tiny_gguf.write(tmp_path / "five.gguf", kind="Q5_0")))


def test_a_rewritten_file_holds_the_same_numbers(tmp_path: Path) -> None:
    import gguf
    import numpy as np

    path = tiny_gguf.write(tmp_path / "five.gguf", kind="Q5_0")
    requantise(path, header.read(path), tmp_path / "eight.gguf")
    before, after = gguf.GGUFReader(path), gguf.GGUFReader(tmp_path / "eight.gguf")
    assert [f.name for f in before.fields.values()] == [f.name for f in after.fields.values()]
    assert len(before.tensors) == len(after.tensors) == 20
    for one, other in zip(before.tensors, after.tensors, strict=True):
        assert other.name == one.name
        assert other.tensor_type.name == ("F32" if one.tensor_type.name == "F32" else "Q8_0")
        was = gguf.quants.dequantize(one.data, one.tensor_type)
        now = gguf.quants.dequantize(other.data, other.tensor_type)
        assert np.abs(was - now).max() <= np.abs(was).max() / 200
