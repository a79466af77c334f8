from importlib.metadata import EntryPoint

import pytest

from domainkit import registry
from domainkit.errors import UnknownComponent
from domainkit.registry import nearest
from domainkit.testing import EchoGenerator, HashEmbedder


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plugins are installed: one works, the other's module cannot be imported."""
    group = "domainkit.generators"
    installed = [
        EntryPoint("shout", "domainkit.testing:EchoGenerator", group),
        EntryPoint("broken", "no_such_module_anywhere:Thing", group),
    ]
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: [e for e in installed if e.group == group]
    )


def test_a_built_in_component_is_imported_when_asked_for() -> None:
    assert registry.get("embedders", "hash") is HashEmbedder


@pytest.mark.usefixtures("plugins")
def test_a_plugin_stands_beside_the_built_in_ones() -> None:
    assert registry.get("generators", "shout") is EchoGenerator
    known = registry.names("generators")
    assert {"shout", "broken", "extractive"} <= set(known)
    assert known == sorted(known)
    assert "shout" not in registry.names("readers")


@pytest.mark.usefixtures("plugins")
def test_a_broken_plugin_hurts_only_who_asks_for_it() -> None:
    assert "broken" in registry.names("generators")
    assert registry.get("generators", "echo") is EchoGenerator
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        registry.get("generators", "broken")


@pytest.mark.usefixtures("plugins")
def test_a_plugin_cannot_replace_a_built_in_component(monkeypatch: pytest.MonkeyPatch) -> None:
    usurper = EntryPoint("echo", "no_such_module_anywhere:Thing", "domainkit.generators")
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [usurper])
    assert registry.get("generators", "echo") is EchoGenerator


def test_an_unknown_name_names_kind_and_nearest() -> None:
    with pytest.raises(UnknownComponent) as caught:
        registry.get("vector_indexes", "fais")
    assert caught.value.message == "there is no vector index called 'fais'"
    assert caught.value.hint == "did you mean faiss?"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Faiss", "did you mean faiss?"),
        ("minilm", "did you mean all-minilm-l6?"),
        ("smolm2", "did you mean smollm2-135m?"),
        ("zzz", "known: faiss, all-minilm-l6, smollm2-135m"),
        ("", "known: faiss, all-minilm-l6, smollm2-135m"),
    ],
)
def test_the_nearest_names_are_close_in_letters_or_hold_the_name(name: str, hint: str) -> None:
    assert nearest(name, ["faiss", "all-minilm-l6", "smollm2-135m"]) == hint


def test_at_most_three_names_are_suggested_the_closest_first() -> None:
    known = ["chroma-4", "chroma-3", "chroma", "chroma-2", "other"]
    assert nearest("chrome", known).startswith("did you mean chroma")
    assert nearest("chroma-2", known).startswith("did you mean chroma-2 or ")
    assert nearest("chroma", known).count(" or ") == 2


def test_nothing_known_is_said_so() -> None:
    assert nearest("x", []) == "none is installed"
