from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_gguf

from domainkit.assistant import wiring
from domainkit.cli import doctor_tune
from domainkit.generation import engine_options, header, tuning
from domainkit.generation.engine_options import (
    Found,
    LlamaCppOptions,
    OpenVinoOptions,
    Tried,
    remember,
    remembered,
)
from domainkit.packs import loader, scaffold
from domainkit.settings import Settings
from domainkit.types import Generation, Usage

DAY = date(2026, 1, 2)


def found(**changes: Any) -> Found:
    known: dict[str, Any] = {
        "machine": engine_options.machine(),
        "engine": "llamacpp",
        "openvino": OpenVinoOptions(batch=256),
        "llamacpp": LlamaCppOptions(threads=1, batch=128),
        "apart": 0.01,
        "tried": (
            Tried(engine="openvino", options="batch 256", seconds=3.0),
            Tried(engine="llamacpp", options="threads 1", seconds=2.0),
        ),
        "on": DAY,
    }
    return Found(**(known | changes))


def test_what_was_found_is_remembered_model_by_model(tmp_path: Path) -> None:
    assert remembered("a", cache=tmp_path) is None
    remember("a", found(), cache=tmp_path / "new")
    remember("b", found(engine="openvino"), cache=tmp_path / "new")
    assert remembered("a", cache=tmp_path / "new") == found()
    assert remembered("b", cache=tmp_path / "new") == found(engine="openvino")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["machine.json"]


def test_what_another_machine_found_counts_for_nothing(tmp_path: Path) -> None:
    remember("a", found(machine="another"), cache=tmp_path)
    assert remembered("a", cache=tmp_path) is None


def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "machine.json").write_text("not json")
    assert remembered("a", cache=tmp_path) is None
    remember("a", found(), cache=tmp_path)
    assert remembered("a", cache=tmp_path) == found()


class Fake:
    """An engine whose time is what its options make it."""

    def __init__(self, engine: str, options: Any, told: float) -> None:
        self.id = engine
        slow = {"": 0.5, "bf16": 0.0}[getattr(options, "kept", "")]
        slow += {1: 0.3}.get(options.threads, 0.0) + {128: -0.4, 2048: -0.2}.get(options.batch, 0)
        self._seconds = (2.0 if engine == "openvino" else 4.0) + slow
        self._told = told

    def count(self, text: str) -> int:
        return len(text)

    def tokens(self, text: str) -> list[int]:
        return [1, 2]

    def generate(self, prompt: Any) -> Generation:
        usage = Usage(900, 24, self._seconds, self._seconds / 2)
        return Generation("", self.id, usage=usage)

    def next_tokens(self, ids: Any, *, adapter: str | None = None, best: int = 20) -> Any:
        return {1: self._told}


@pytest.mark.parametrize(("apart", "engine"), [(0.1, "openvino"), (0.3, "llamacpp")])
def test_the_faster_engine_that_says_the_same_is_taken(
    monkeypatch: pytest.MonkeyPatch, apart: float, engine: str
) -> None:
    def opened(_: object, name: str, options: Any) -> Fake:
        return Fake(name, options, -1 - apart if name == "openvino" else -1)

    monkeypatch.setattr(tuning._Search, "opened", opened)
    monkeypatch.setattr(tuning, "has_bfloat16", lambda: True)
    monkeypatch.setattr(tuning, "defaults", lambda: OpenVinoOptions(kept="bf16"))
    monkeypatch.setattr(tuning, "cores", lambda: 2)
    said: list[Tried] = []
    made = tuning.tune(Path("model.gguf"), today=DAY, report=said.append)
    assert made.engine == engine
    assert made.openvino == OpenVinoOptions(kept="bf16", batch=2048)
    assert made.llamacpp == LlamaCppOptions(batch=128)
    assert made.apart == pytest.approx(apart)
    assert tuple(said) == made.tried
    assert made.seconds == min(tried.seconds for tried in said if tried.engine == engine)


def test_an_assistant_runs_as_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = scaffold.plan("clinic", domain="medical", base=tmp_path)
    scaffold.write(planned)
    model = tiny_gguf.write(tmp_path / "tiny.gguf")
    monkeypatch.setenv("DOMAINKIT_GENERATION__MODEL", str(model))
    monkeypatch.setenv("DOMAINKIT_MODELS__CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(doctor_tune, "tune", lambda path, **_: found())

    doctor_tune.run(planned.folder, json=False)

    said = capsys.readouterr().out
    assert "llamacpp (threads 1, batch 128), 2.0 s for 900 tokens read and 60 written" in said
    assert doctor_tune.known(planned.folder) == {str(model): found()}
    doctor_tune.run(planned.folder, json=True)
    told = json.loads(capsys.readouterr().out)["tuned"][str(model)]
    assert (told["engine"], told["on"], told["llamacpp"]["batch"]) == (
        "llamacpp",
        "2026-01-02",
        128,
    )
    built: dict[str, Any] = {}

    def build(path: Path, **given: Any) -> SimpleNamespace:
        built.update(given)
        return SimpleNamespace(count=len)

    asked: list[str] = []
    monkeypatch.setattr(wiring.registry, "get", lambda _, name: (asked.append(name), build)[1])
    settings = Settings.model_validate(
        {"generation": {"model": str(model)}, "models": {"cache": tmp_path / "cache"}}
    )
    wiring.writer(settings, loader.load(planned.folder), "en")
    assert asked[-1] == "llamacpp"
    assert built["options"] == LlamaCppOptions(threads=1, batch=128)
    assert remembered(header.read(model).digest, cache=tmp_path / "cache")
