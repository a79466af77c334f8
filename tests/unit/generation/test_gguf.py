"""A GGUF is converted once, anew when it changes, and never left half made."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from domainkit.errors import ModelError
from domainkit.generation import gguf
from domainkit.generation.base_model import fingerprint, open_base, open_text


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.Q4_1.gguf"
    path.write_bytes(b"GGUF one")
    return path


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    done: list[Path] = []

    def convert(path: Path, folder: Path) -> None:
        done.append(path)
        (folder / "model.safetensors").write_bytes(path.read_bytes())

    monkeypatch.setattr(gguf, "_convert", convert)
    return done


def test_a_gguf_is_converted_once(model: Path, conversions: list[Path]) -> None:
    folder = gguf.converted(model)
    assert folder == model.with_name("tiny.Q4_1.float32")
    assert gguf.converted(model) == folder
    assert conversions == [model]
    assert sorted(path.name for path in model.parent.iterdir()) == [folder.name, model.name]


def test_a_gguf_that_changed_is_converted_anew(model: Path, conversions: list[Path]) -> None:
    gguf.converted(model)
    model.write_bytes(b"GGUF two")
    folder = gguf.converted(model)
    assert len(conversions) == 2
    assert (folder / "model.safetensors").read_bytes() == b"GGUF two"


def test_a_conversion_that_fails_leaves_nothing_behind(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        raise ValueError("no such architecture")

    monkeypatch.setattr(gguf, "_convert", fail)
    with pytest.raises(ValueError, match="no such architecture"):
        gguf.converted(model)
    assert list(model.parent.iterdir()) == [model]


def test_a_folder_that_cannot_be_written_says_what_to_set(
    model: Path, conversions: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> str:
        raise PermissionError

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(ModelError, match="DOMAINKIT_MODELS__CACHE"):
        gguf.converted(model)
    assert conversions == []


def test_what_is_no_gguf_is_an_error_with_the_next_command(model: Path) -> None:
    with pytest.raises(ModelError, match=r"tiny\.Q4_1\.gguf: not a GGUF") as caught:
        open_base(model)
    assert "domainkit models verify" in caught.value.hint
    with pytest.raises(ModelError):
        open_text(model)


def test_a_fingerprint_tells_models_apart(model: Path, tmp_path: Path) -> None:
    first = fingerprint(model)
    model.write_bytes(b"GGUF two")
    assert fingerprint(model) != first
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ModelError, match="no GGUF file and no"):
        fingerprint(folder)
    (folder / "model.safetensors").write_bytes(b"a" * 3_000_000)
    whole = fingerprint(folder)
    (folder / "model.safetensors").write_bytes(b"a" * 2_999_999 + b"b")
    assert fingerprint(folder) != whole
