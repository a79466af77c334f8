"""A document that is forgotten goes from what evaluations kept."""

from __future__ import annotations

import json
from pathlib import Path

from domainkit.assistant import Assistant, evaluated


def test_records_that_name_a_document_go_and_scores_stay(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    told = [{"id": 1, "document_id": "doc-a"}, {"id": 2, "document_id": "doc-b"}]
    (run / "items.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in told))
    (tmp_path / "drafts.jsonl").write_text(json.dumps({"path": "documents/a.md"}) + "\n")
    (tmp_path / "answers.sqlite").write_bytes(b"kept")
    (tmp_path / "answers.sqlite-wal").write_bytes(b"kept")
    evaluated.forget(tmp_path, ("doc-a", "documents/a.md"))
    assert [json.loads(x)["id"] for x in (run / "items.jsonl").read_text().splitlines()] == [2]
    assert (tmp_path / "drafts.jsonl").read_text() == ""
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [
        "drafts.jsonl",
        "items.jsonl",
        "run.json",
    ]
    evaluated.forget(tmp_path / "nothing", ("doc-a",))


def test_the_assistant_forgets_what_an_evaluation_kept(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "documents").mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "documents" / f"{name}.md").write_text(f"# {name}\n\nThe word of {name}.\n")
    manifest = {
        "schema": 1,
        "name": "own",
        "version": "1.0.0",
        "title": "Own",
        "languages": ["en"],
    }
    (folder / "domain.yaml").write_text(json.dumps(manifest))
    (folder / "domainkit.toml").write_text('tier = "extractive"\n')
    opened = Assistant.open(folder)
    opened.ingest([])
    layout = opened.layout
    items = layout.evaluations / "runs" / "one" / "items.jsonl"
    items.parent.mkdir(parents=True)
    source = opened.retrieve(opened.question("word"))[0].passage
    items.write_text(json.dumps({"document_id": source.document_id, "text": source.text}) + "\n")
    opened.forget(source.document_id)
    opened.close()
    assert items.read_text() == ""
