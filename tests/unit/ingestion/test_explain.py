"""A file is explained, and an ingest rehearsed, without anything being stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion import ingest
from domainkit.ingestion.explain import explain
from domainkit.ingestion.rehearsal import rehearsal
from domainkit.store import Store

LAW = "第一条 为了公平，制定本条例。\n\n第二条 本条例适用于本市。\n\n第三条 自公布之日起施行。\n"


def test_a_file_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "law.txt"
    path.write_text(LAW, "utf-8")
    (explained,) = explain(path)
    assert explained.recognition.profile.name == "statute"
    assert explained.recognition.confidence > 0.8
    assert [p.locator for p in explained.passages] == ["第一条", "第二条", "第三条"]
    (other,) = explain(path, profile="plain")
    assert (other.recognition.signs, len(other.passages)) == (("assigned",), 1)
    (assigned,) = explain(path, patterns={"*.txt": "contract"})
    assert assigned.document.profile == "contract"


def test_of_records_the_first_few_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"text": "Record {n}."}}\n' for n in range(9)), "utf-8")
    assert [e.document.text for e in explain(path)] == ["Record 0.", "Record 1.", "Record 2."]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match=r"nowhere\.txt cannot be read"):
        explain(tmp_path / "nowhere.txt")


def test_a_rehearsal_leaves_the_store_alone(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("Text.", "utf-8")
    place = tmp_path / ".domainkit" / "store.sqlite"
    with rehearsal(place) as copy:
        assert ingest([documents], copy, base=tmp_path).counts() == {"read": 1}
    assert not place.parent.exists()

    store = Store.open(place, create=True)
    ingest([documents], store, base=tmp_path)
    (documents / "b.txt").write_text("More.", "utf-8")
    with rehearsal(place) as copy:
        assert ingest([documents], copy, base=tmp_path).counts() == {"unchanged": 1, "read": 1}
    assert (store.counts().documents, store.generation) == (1, 1)
    store.close()
