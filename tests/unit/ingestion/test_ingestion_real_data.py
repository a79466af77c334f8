"""The real files of the benchmark data: each is read, or refused for its true reason."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import quick_ocr

from domainkit.ingestion import Report, ingest, workers
from domainkit.store import Store

DATA = Path(os.environ.get("DOMAINKIT_DATA", Path(__file__).parents[4] / "shared" / "data"))
FILES = DATA / "files"
ARTICLE = re.compile(r"^(第[零〇一二三四五六七八九十百千]+条)[ 　]", re.MULTILINE)

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.timeout(900),  # hundreds of files, some read by OCR
    pytest.mark.skipif(not FILES.is_dir(), reason="the benchmark data is not here"),
]


def read(tmp_path: Path, *names: str) -> tuple[Report, Store]:
    store = Store.open(tmp_path / "store.sqlite", create=True)
    return ingest([FILES / name for name in names], store, base=tmp_path), store


def test_questions_and_contracts_are_all_read(tmp_path: Path) -> None:
    report, store = read(tmp_path, "medquad", "cuad")
    assert report.counts() == {"read": 22}
    assert {f.profile for f in report.files if f.path.startswith("medquad")} == {"qa"}
    assert {f.profile for f in report.files if f.path.startswith("cuad")} == {"contract"}
    assert [f.reason for f in report.files if f.reason] == []
    for summary in store.documents():
        document = store.document(summary.id)
        assert document.pages or summary.profile == "qa"
    entries = list(store.entries())
    texts = {s.id: store.document(s.id).text for s in store.documents()}
    assert all(e.passage.span.of(texts[e.passage.document_id]) == e.passage.text for e in entries)
    assert all(e.passage.page for e in entries if e.passage.locator.startswith("p. "))
    store.close()


def test_every_article_of_the_statutes_is_a_passage(tmp_path: Path) -> None:
    report, store = read(tmp_path, "laws")
    outcomes = {Path(f.path).name: (f.outcome, f.reason) for f in report.files}
    assert outcomes.pop("_index.md") == ("refused", "it holds no text")
    assert set(outcomes.values()) == {("read", "")}
    for path in sorted((FILES / "laws").glob("*法*.md")):
        articles = ARTICLE.findall(path.read_text("utf-8"))
        found = [
            e.passage.locator
            for e in store.entries()
            if e.passage.title in path.read_text("utf-8")[:60] and e.passage.locator[-1] == "条"
        ]
        assert found == articles, path.name
    store.close()


def test_no_file_of_any_kind_leaves_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_START", quick_ocr.START)
    report, store = read(tmp_path, "unstructured", "pdf.js", "docling", "pypdf", "pdfminer.six")
    assert {f.outcome for f in report.files} <= {"read", "refused", "linked"}
    assert all(f.reason and f.hint for f in report.refused)
    assert all(f.passages for f in report.files if f.outcome == "read")
    assert {f.path for f in store.files()} == {f.path for f in report.whole}
    assert any("A picture of (" in entry.passage.text for entry in store.entries())
    store.close()
