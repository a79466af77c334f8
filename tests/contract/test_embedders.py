"""What every registered embedder must do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domainkit import registry
from domainkit.errors import ModelError
from domainkit.protocols import Embedder
from domainkit.retrieval.embedders import SentenceTransformerEmbedder

TEXTS = ["the heart", "a much longer text about the heart and the blood", "血糖", "", "the heart"]


def write_model(folder: Path) -> Path:
    """Write a random sentence-transformers model of two layers; return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    base = folder / "base"
    base.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "heart", "blood", "血", "糖"]
    (base / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(base / "vocab.txt")).save_pretrained(base)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(words), num_hidden_layers=2, **shape)).save_pretrained(
        base
    )
    layers = modules.Transformer(str(base), max_seq_length=32)
    pooling = modules.Pooling(16)
    SentenceTransformer(modules=[layers, pooling], device="cpu").save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("embedder"))


def make(name: str, model: Path) -> Embedder:
    factory: Any = registry.get("embedders", name)
    made: Embedder = factory(model, name="tiny") if name == "sentence-transformers" else factory()
    return made


@pytest.fixture(params=registry.names("embedders"))
def embedder(request: pytest.FixtureRequest, model_folder: Path) -> Embedder:
    return make(request.param, model_folder)


def test_it_keeps_the_protocol(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)


def test_it_names_itself_alike_each_time(
    embedder: Embedder, model_folder: Path, request: pytest.FixtureRequest
) -> None:
    again = make(request.node.callspec.params["embedder"], model_folder)
    assert embedder.id
    assert embedder.id == again.id


def test_vectors_are_unit_float32_of_the_promised_length(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS, role="passage")
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_vectors_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS, role="query")
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert embedder.encode([text], role="query")[0] == pytest.approx(vector, abs=1e-5)
    assert (vectors[0] == vectors[4]).all()
    assert not np.allclose(vectors[0], vectors[2])


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode([], role="query").shape == (0, embedder.dim)


def test_prefixes_are_put_before_the_text_by_role(model_folder: Path) -> None:
    plain = SentenceTransformerEmbedder(model_folder, name="tiny")
    prefixed = SentenceTransformerEmbedder(
        model_folder, name="tiny", query_prefix="the heart ", passage_prefix="blood "
    )
    for role, expected in (("query", "the heart 血"), ("passage", "blood 血")):
        vector = prefixed.encode(["血"], role=role)[0]  # type: ignore[arg-type]
        assert vector == pytest.approx(plain.encode([expected], role="query")[0], abs=2e-3)


def test_other_weights_have_another_id(model_folder: Path, tmp_path: Path) -> None:
    import shutil

    other = shutil.copytree(model_folder, tmp_path / "other")
    weights = other / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    ids = {SentenceTransformerEmbedder(f, name="tiny").id for f in (model_folder, other)}
    assert len(ids) == 2


def test_a_given_revision_is_its_id(model_folder: Path) -> None:
    made = SentenceTransformerEmbedder(model_folder, name="tiny", revision="r1")
    assert made.id == "tiny@r1"


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no model weights") as caught:
        SentenceTransformerEmbedder(tmp_path, name="tiny")
    assert caught.value.hint


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"junk")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        SentenceTransformerEmbedder(tmp_path, name="tiny")
