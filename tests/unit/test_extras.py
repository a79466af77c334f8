import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from domainkit import extras
from domainkit.errors import MissingExtra

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))


def test_a_library_is_loaded_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in extras.SILENCE:
        monkeypatch.setenv(variable, "loud")
    monkeypatch.delitem(sys.modules, "openvino_telemetry", raising=False)
    assert extras.load("json.decoder", needed_for="a test").__name__ == "json.decoder"
    assert {name: os.environ[name] for name in extras.SILENCE} == extras.SILENCE
    with pytest.raises(ImportError):
        __import__("openvino_telemetry")


def test_a_sender_the_process_has_loaded_already_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = type(sys)("openvino_telemetry")
    monkeypatch.setitem(sys.modules, "openvino_telemetry", loaded)
    extras.silence()
    assert sys.modules["openvino_telemetry"] is loaded


def test_an_absent_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "nowhere_lib", "dense")
    with pytest.raises(MissingExtra, match="searching needs the library nowhere_lib") as caught:
        extras.load("nowhere_lib.deep.module", needed_for="searching")
    assert caught.value.hint == "pip install 'domainkit[dense]'"


def test_a_library_nobody_listed_comes_with_all() -> None:
    with pytest.raises(MissingExtra) as caught:
        extras.load("unheard_of", needed_for="a test")
    assert caught.value.hint == "pip install 'domainkit[all]'"


@pytest.fixture
def half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that is installed; its module is for the test to write."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "half_there", raising=False)
    return tmp_path / "half_there.py"


def test_what_a_library_lacks_itself_is_named_with_it(half_there: Path) -> None:
    half_there.write_text("import a_library_that_is_gone.deep\n")
    with pytest.raises(MissingExtra) as caught:
        extras.load("half_there", needed_for="reading")
    assert caught.value.message == (
        "reading needs the library a_library_that_is_gone for half_there, which is not installed"
    )


@pytest.mark.parametrize("line", ["import json.no_such_part", "from json import no_such_name"])
def test_a_broken_library_raises_its_own_error(half_there: Path, line: str) -> None:
    half_there.write_text(f"{line}\n")
    with pytest.raises(ImportError, match="no_such_"):
        extras.load("half_there", needed_for="a test")


def test_a_part_an_installed_library_does_not_have_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_part"):
        extras.load("json.no_such_part", needed_for="a test")


def test_every_extra_exists_and_brings_its_library() -> None:
    declared = PROJECT["project"]["optional-dependencies"]
    packages = {
        "PIL": "pillow",
        "faiss": "faiss_cpu",
        "msoffcrypto": "msoffcrypto_tool",
    }
    for library, extra in extras.EXTRAS.items():
        brought = {re.split(r"[\[>=<; ]", line)[0].replace("-", "_") for line in declared[extra]}
        wanted = packages.get(library, library)
        indirect = {"lxml", "openvino"}  # with another of the same extra
        assert wanted in brought or library in indirect, (library, extra)
