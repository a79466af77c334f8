"""What every registered embedder must do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domainkit import registry
from domainkit.assistant.embedding import load_embedder
from domainkit.errors import ModelError
from domainkit.models import cache
from domainkit.protocols import Embedder
from domainkit.retrieval.bert import Shape
from domainkit.retrieval.embedders import FolderEmbedder, SentenceTransformerEmbedder
from domainkit.retrieval.openvino_embedder import OpenVinoEmbedder, Role
from domainkit.retrieval.projection import ProjectedEmbedder

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
    if name == "torch":
        return SentenceTransformerEmbedder(model, name="tiny")
    if name == "projection":
        matrix = np.random.default_rng(0).normal(scale=0.1, size=(16, 16)).astype(np.float32)
        return ProjectedEmbedder(FolderEmbedder(model, name="tiny"), matrix, name="turned")
    factory: Any = registry.get("embedders", name)
    made: Embedder = factory(model, name="tiny") if name == "sentence-transformers" else factory()
    return made


@pytest.fixture(params=[*registry.names("embedders"), "torch", "projection"])
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


def settle(folder: Path, name: str, **changed: Any) -> None:
    """Change what a file of settings says."""
    said = json.loads((folder / name).read_text(encoding="utf-8"))
    (folder / name).write_text(json.dumps(said | changed), encoding="utf-8")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_either_runtime_gives_the_same_vectors(
    model_folder: Path, tmp_path: Path, pooling: str
) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "model")
    settle(folder, "1_Pooling/config.json", pooling_mode=pooling)
    texts = [*TEXTS, "The HEART " * 40, " blood\n", "Ünknown"]
    found, expected = (
        made(folder, name="tiny").encode(texts, role="query")
        for made in (FolderEmbedder, SentenceTransformerEmbedder)
    )
    assert (found * expected).sum(axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"hidden_act": "relu"}),
        ("1_Pooling/config.json", {"pooling_mode": "max"}),
        ("1_Pooling/config.json", {"include_prompt": False}),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}),
        ("tokenizer_config.json", {"tokenizer_class": "XLMRobertaTokenizer"}),
    ],
)
def test_what_is_no_plain_bert_is_left_to_sentence_transformers(
    model_folder: Path, tmp_path: Path, name: str, changed: dict[str, Any]
) -> None:
    assert Shape.read(model_folder)
    folder = shutil.copytree(model_folder, tmp_path / "model")
    settle(folder, name, **changed)
    assert Shape.read(folder) is None


def test_a_folder_as_older_versions_wrote_it_is_read(model_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "model")
    old = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    (folder / "1_Pooling/config.json").write_text(json.dumps(old))
    settle(folder, "sentence_bert_config.json", max_seq_length=7)
    shape = Shape.read(folder)
    assert shape is not None
    assert (shape.pooling, shape.longest) == ("mean", 7)
    settle(folder, "1_Pooling/config.json", pooling_mode_cls_token=True)
    assert Shape.read(folder) is None


def test_weights_of_another_model_are_refused(model_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "model")
    settle(folder, "config.json", num_hidden_layers=9)
    with pytest.raises(ModelError, match=r"encoder\.layer\.2"):
        FolderEmbedder(folder, name="tiny")


def test_a_question_is_embedded_without_torch(model_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from domainkit import registry;"
        "made = registry.get('embedders', 'sentence-transformers');"
        "made(Path(sys.argv[1]), name='tiny').encode(['the heart'], role='query');"
        "sys.exit(bool({'torch', 'transformers'} & sys.modules.keys()))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, str(model_folder)], check=False).returncode
        == 0
    )


@pytest.mark.models
@pytest.mark.parametrize("role", ["query", "passage"])
def test_the_embedded_model_gives_what_sentence_transformers_gives(role: Role) -> None:
    folder = cache.path("all-minilm-l6-v2")
    texts = [*TEXTS, "Metformin 0.5 µg/L, α-blocker; naïve patients (n=12)…", "long " * 400]
    shape = Shape.read(folder)
    assert shape is not None
    fast = OpenVinoEmbedder(folder, shape, name="m")
    slow = SentenceTransformerEmbedder(folder, name="m")
    assert fast.id == slow.id
    expected = slow.encode(texts, role="query")
    cosines = (fast.encode(texts, role=role) * expected).sum(axis=1)
    assert min(cosines) >= (0.999999 if role == "query" else 0.9995)


@pytest.mark.models
def test_an_embedder_of_the_catalogue_says_which_languages_it_knows() -> None:
    known = load_embedder("all-minilm-l6-v2")
    matrix = np.zeros((known.dim, known.dim), dtype=np.float32)
    turned = ProjectedEmbedder(known, matrix, name="turned")
    assert [getattr(e, "languages", None) for e in (known, turned)] == [("en",), ("en",)]
