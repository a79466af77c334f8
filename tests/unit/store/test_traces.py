"""A text is found however its bytes are written or packed, and samples are of the text."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.store import traces

TEXT = 'Die Mieterin sagte: "Die Kaution bekomme ich nie zurück", und ging.'

CHANCE = random.Random(1)  # noqa: S311 (a text, no secret)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inner.txt", TEXT)


WRITERS: dict[str, Callable[[Path], object]] = {
    "utf-8": lambda path: path.write_text(f"before {TEXT} after", "utf-8"),
    "utf-16": lambda path: path.write_text(TEXT, "utf-16"),
    "utf-32": lambda path: path.write_text(TEXT, "utf-32"),
    "json": lambda path: path.write_text(json.dumps({"said": TEXT}), "utf-8"),
    "json-unicode": lambda path: path.write_text(json.dumps(TEXT, ensure_ascii=False), "utf-8"),
    "gzip": lambda path: path.write_bytes(gzip.compress(TEXT.encode())),
    "zip": zipped,
}


@pytest.mark.parametrize("way", WRITERS)
def test_a_text_is_found_however_it_is_written(tmp_path: Path, way: str) -> None:
    (tmp_path / "deep").mkdir()
    WRITERS[way](tmp_path / "deep" / "file")
    found = traces.search(tmp_path, ["something else entirely", TEXT])
    assert found.found == (traces.Trace("deep/file", 1),)
    assert found.files == 1


def test_a_text_across_two_blocks_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "_BLOCK", 16)
    (tmp_path / "file").write_text("x" * 30 + TEXT + "y" * 30, "utf-8")
    assert traces.search(tmp_path, [TEXT]).samples == {0}


def test_samples_are_of_the_texts_and_of_letters() -> None:
    texts = ["", "-" * 500, "short note", "words and more words, " * 3 + "an end of it all"]
    drawn = traces.samples(texts, 20, CHANCE)
    assert 5 < len(drawn) <= 20
    assert len(set(drawn)) == len(drawn)
    for stretch in drawn:
        assert any(stretch in text for text in texts)
        assert len(stretch) == traces.LENGTH or stretch == "short note"


def test_nothing_is_drawn_from_nothing() -> None:
    assert traces.samples(["", " "], 20, CHANCE) == []


def test_numbers_that_begin_like_a_packed_file_are_searched_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "rows-1").write_bytes(b"\x1f\x8b\x00\x00 a sample of what was forgotten")
    found = traces.search(tmp_path, ["a sample of what was forgotten"]).found
    assert [trace.path for trace in found] == ["rows-1"]
