from __future__ import annotations

import json
from pathlib import Path

import pytest

from domainkit.assistant import gathering, sampling
from domainkit.assistant.sampling import chosen, sampled
from domainkit.errors import IngestionError


def write(folder: Path, **files: str) -> gathering.Gathered:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_md", ".md").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return gathering.gather(folder)


def test_a_few_of_every_folder_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST_FILES", 6)
    many = {f"a__{n:03}_md": "x" for n in range(60)}
    gathered = write(tmp_path, **many, b__one_md="x", b__two_txt="x")
    names = [gathered.name(path) for path in chosen(gathered)]
    assert {"b/one.md", "b/two.txt", "a/000.md"} <= set(names)
    assert len(names) == 6
    assert max(names) > "a/030"


def test_a_large_file_is_left_out_and_of_a_long_one_the_beginning_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "LARGEST", 50)
    monkeypatch.setattr(sampling, "HEAD", 40)
    (tmp_path / "big.html").write_text("<p>" + "x" * 60)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    rows = [json.dumps({"text": f"row {n}"}) for n in range(9)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    gathered = gathering.gather(tmp_path)
    assert [path.name for path in chosen(gathered)] == ["rows.jsonl"]
    with sampled(gathered, copied=True) as sample:
        assert [line.path for line in sample.report.whole] == ["documents/rows.jsonl"]
        assert sample.store.counts().documents == 2


def test_files_left_where_they_are_have_the_names_they_will_have(tmp_path: Path) -> None:
    gathered = write(tmp_path / "my docs", deep__a_md="# A\n\nText.")
    with sampled(gathered, copied=False) as sample:
        (document,) = sample.store.documents()
        assert document.source == "my docs/deep/a.md"


def test_nothing_is_written_to_the_folder(tmp_path: Path) -> None:
    gathered = write(tmp_path, a_md="# A\n\nText.")
    before = sorted(tmp_path.rglob("*"))
    with sampled(gathered, copied=True):
        pass
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="there is no document in it"):
        gathering.gather(tmp_path)
