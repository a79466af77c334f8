"""One word an idea, data folders without code, no place for leftovers."""

import re

import pytest
from source_tree import MODULES, PACKAGE, ROOT, name

# What a library calls its own parameter is the library's word.
_FOREIGN = re.compile(r"\bchunk_(?:size|overlap)\b")
_NAMES_OF_NOTHING = {"utils", "util", "helpers", "common", "misc", "manager"}


def test_a_passage_is_called_a_passage() -> None:
    texts = {name(path): _FOREIGN.sub("", path.read_text("utf-8")).lower() for path in MODULES}
    assert [path for path, text in texts.items() if "chunk" in text] == []


@pytest.mark.parametrize("folder", ["domains", "ingest", "templates"])
def test_a_passage_is_called_a_passage_in_the_content_too(folder: str) -> None:
    texts = [p for p in (ROOT / folder).rglob("*") if p.suffix in {".yaml", ".md", ".toml"}]
    assert texts
    assert [name(p) for p in texts if "chunk" in p.read_text(encoding="utf-8").lower()] == []


@pytest.mark.parametrize("folder", ["domains", "ingest", "templates"])
def test_content_is_data(folder: str) -> None:
    assert (ROOT / folder).is_dir()
    files = [p for p in (ROOT / folder).rglob("*") if p.is_file()]
    assert [name(p) for p in files if p.suffix in {".py", ".pyc", ".sh", ".so"}] == []
    assert [name(p) for p in files if p.stat().st_mode & 0o111] == []


def test_no_module_is_named_for_leftovers() -> None:
    assert [name(p) for p in MODULES if p.stem in _NAMES_OF_NOTHING] == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
