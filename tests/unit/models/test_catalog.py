import pytest
from pydantic import ValidationError

from domainkit.errors import UnknownComponent
from domainkit.models import catalog
from domainkit.models.catalog import Hub, Model, Packed, Wheel

ASKED_FOR = {
    "smollm2-135m-instruct",
    "all-minilm-l6-v2",
    "qwen2.5-coder-0.5b-instruct",
    "qwen2.5-0.5b-instruct",
    "qwen2.5-1.5b-instruct",
    "multilingual-e5-small",
    "multilingual-e5-small-4bit",
    "bge-small-en-v1.5",
    "bge-small-zh-v1.5",
    "bge-m3",
    "bge-reranker-v2-m3",
}


def raw(**changed: object) -> dict[str, object]:
    return catalog.find("smollm2-135m-instruct").model_dump(by_alias=True) | changed


def test_every_model_asked_for_is_there() -> None:
    assert set(catalog.names()) == ASKED_FOR
    assert catalog.names() == sorted(catalog.names())


def test_the_embedded_models_need_no_hub() -> None:
    for name in ("smollm2-135m-instruct", "all-minilm-l6-v2", "multilingual-e5-small-4bit"):
        assert any(isinstance(s, Wheel | Packed) for s in catalog.find(name).sources)


def test_hub_sources_come_before_wheels() -> None:
    for model in catalog.models().values():
        assert isinstance(model.sources[0], Hub | Packed)


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_a_file_never_stands_twice_and_has_one_hash(name: str) -> None:
    model = catalog.find(name)
    assert len({a.path for a in model.artefacts}) == len(model.artefacts)
    assert len({a.sha256 for a in model.artefacts}) == len(model.artefacts)
    assert model.size == sum(a.size for a in model.artefacts)


def test_prefixes_are_the_publishers() -> None:
    assert catalog.find("multilingual-e5-small").query_prefix == "query: "
    assert catalog.find("multilingual-e5-small").passage_prefix == "passage: "
    assert catalog.find("bge-small-en-v1.5").query_prefix.endswith("passages: ")
    assert catalog.find("all-minilm-l6-v2").query_prefix == ""


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownComponent, match="no model called 'smolm2'") as caught:
        catalog.find("smolm2")
    assert "smollm2-135m-instruct" in caught.value.hint


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"artefacts": [{"path": "m.bin", "size": 1, "sha256": "0" * 64}]}, "no data file"),
        ({"artefacts": [{"path": "../m.gguf", "size": 1, "sha256": "0" * 64}]}, "within"),
        ({"artefacts": [{"path": "/m.gguf", "size": 1, "sha256": "0" * 64}]}, "within"),
        ({"artefacts": [{"path": "C:\\m.gguf", "size": 1, "sha256": "0" * 64}]}, "within"),
        ({"artefacts": [{"path": "m.gguf", "size": 1, "sha256": "short"}]}, "sha256"),
        ({"artefacts": [{"path": "m.gguf", "size": 0, "sha256": "0" * 64}]}, "greater than 0"),
        ({"dim": 3}, "an embedder, and nothing else, has a dim"),
        ({"kind": "embedder"}, "an embedder, and nothing else, has a dim"),
        ({"colour": "blue"}, "Extra inputs"),
        ({"sources": [{"from": "hub", "repository": "a/b", "revision": "main"}]}, "revision"),
        (
            {
                "artefacts": [
                    {"path": "m.gguf", "size": 1, "sha256": "0" * 64},
                    {"path": "n.gguf", "size": 1, "sha256": "0" * 64},
                ]
            },
            "a gguf model is one file",
        ),
        (
            {
                "sources": [
                    {
                        "from": "parts",
                        "parts": [
                            {"project": "a", "version": "1", "member": "p1", "size": 1},
                            {"project": "b", "version": "1", "member": "p2", "size": 1},
                        ],
                    }
                ]
            },
            "do not add up to 98362432",
        ),
    ],
)
def test_a_wrong_entry_is_refused(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Model.model_validate(raw(**changed))


def test_parts_hold_one_artefact_only() -> None:
    embedder = catalog.find("all-minilm-l6-v2").model_dump(by_alias=True)
    part = {"project": "a", "version": "1", "member": "p", "size": 1}
    with pytest.raises(ValidationError, match="one artefact only"):
        Model.model_validate(embedder | {"sources": [{"from": "parts", "parts": [part, part]}]})
