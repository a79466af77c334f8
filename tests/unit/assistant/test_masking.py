"""An assistant that masks personal data at ingest keeps, finds and quotes the masked text."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from tiny_pack import write_pack

from domainkit.assistant import Assistant

LETTER = "# Letter\n\nMRN A1234567 takes ferrous sulfate. Call 13812345678 about the tablets.\n"


def test_what_is_masked_is_found_and_quoted_as_it_is_kept(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "clinic", base=tmp_path, assistant=True)
    guards = {"privacy": {"ingest": ["record-number", "phone"]}}
    (folder / "guards.yaml").write_text(json.dumps(guards), encoding="utf-8")
    (folder / "documents").mkdir()
    (folder / "documents" / "letter.md").write_text(LETTER, encoding="utf-8")
    with closing(Assistant.open(folder, overrides={"tier": "extractive"})) as assistant:
        assistant.ingest()
        best = assistant.retrieve(assistant.question("Who takes ferrous sulfate?"))[0].passage
        assert "MRN [record-number-1] takes ferrous sulfate. Call [phone-1] about" in best.text
        document = assistant.corpus.store.document(best.document_id)
        assert best.span.of(document.text) == best.text
    kept = [path for path in (folder / ".domainkit").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"13812345678" in path.read_bytes()]
    assert (folder / "documents" / "letter.md").read_text(encoding="utf-8") == LETTER
