"""Which adapter an answer is written with, where none is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import tiny_gguf
import tiny_pack

from domainkit import settings
from domainkit.assistant import wiring
from domainkit.assistant.folder import Layout
from domainkit.errors import ModelError
from domainkit.generation.lifecycle import Lifecycle
from domainkit.packs import loader

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tiny_pack.write_pack(tmp_path / "tiny", base=tmp_path / "base", assistant=True)
    Lifecycle(made / ".domainkit" / "adapters").activate("tuned", now=NOW)
    return made


def chosen(folder: Path, asked: str | None = None, **overrides: str) -> str | None:
    flags = {key.replace("_", ".", 1): value for key, value in overrides.items()}
    return wiring.adapter(settings.load(folder, overrides=flags), Layout(folder), asked=asked)


def test_the_active_adapter_writes(folder: Path) -> None:
    assert chosen(folder) == "tuned"


def test_one_that_is_named_comes_first(folder: Path) -> None:
    assert chosen(folder, "other") == "other"
    assert chosen(folder, generation_adapter="set") == "set"
    assert chosen(folder, "other", generation_adapter="set") == "other"


def test_base_asks_for_none(folder: Path) -> None:
    assert chosen(folder, "base") is None
    assert chosen(folder, generation_adapter="base") is None


def test_it_counts_only_where_a_model_of_the_assistant_writes(folder: Path) -> None:
    assert chosen(folder, tier="extractive") is None
    assert chosen(folder, generation_engine="extractive") is None
    assert chosen(folder, generation_engine="chat") is None
    assert chosen(folder, generation_engine="llamacpp") == "tuned"


def test_the_model_may_be_named_by_its_path(folder: Path, tmp_path: Path) -> None:
    def written(model: Path) -> str:
        asked = settings.load(folder, overrides={"generation.model": str(model)})
        writer = wiring.tuned_writer(asked, loader.load(folder), "en", Layout(folder))
        return writer.generator.id

    assert written(tiny_gguf.write(tmp_path / "mine.gguf")) == "openvino:mine.gguf"
    with pytest.raises(ModelError, match=r"away\.gguf: there is no model here"):
        written(tmp_path / "away.gguf")
