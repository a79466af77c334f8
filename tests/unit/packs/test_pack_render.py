from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.packs import loader, render
from domainkit.text.plain_yaml import parsed

Writer = Callable[..., Path]


@pytest.mark.parametrize("name", ["medical", "legal", "biomedical"])
def test_the_yaml_says_what_the_pack_says(name: str) -> None:
    pack = loader.load(name)
    assert parsed(render.as_yaml(pack)) == render.resolved(pack)


def test_each_value_carries_its_origin(write_pack: Writer, write_child: Writer) -> None:
    write_pack("parent", "retrieval: {k: 7}\nprofiles: {'a: b/*.md': plain}\n")
    glossary = "'NO': {synonyms: [nitric oxide], source: ours}\n"
    folder = write_child(
        "child", "../parent", "retrieval: {candidates: 20}\n", **{"glossary.yaml": glossary}
    )
    pack = loader.load(folder)
    text = render.as_yaml(pack)
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "# child, resolved along child → parent"
    for line in (
        "k: 7  # parent",
        "candidates: 20  # child",
        "title_boost: 1.0  # default",
        "'a: b/*.md': plain  # parent",
        "'NO': [nitric oxide]  # child",
        "system.en: |  # parent",
    ):
        assert line in lines
    assert parsed(text) == render.resolved(pack)


@pytest.mark.parametrize(
    "prompt",
    [" indented\nlines $sources $question", "a\n\n\nb $sources $question\n\n", "#\n: x\t"],
)
def test_any_text_survives(write_pack: Writer, prompt: str) -> None:
    pack = loader.load(write_pack(**{"prompts/system.en.md": prompt.replace("$", "$$")}))
    assert parsed(render.as_yaml(pack)) == render.resolved(pack)
