"""Two processes share one Chroma server: one writes, the other reads what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from newcomer import Run

READER = """
import json, sys
from pathlib import Path
from domainkit.assistant.core import Assistant
assistant = Assistant.open(Path.cwd())
for line in sys.stdin:
    found = assistant.retrieve(assistant.question(line), mode="dense")
    print(json.dumps([item.passage.text for item in found]), flush=True)
assistant.close()
"""


def ask(reader: subprocess.Popen[str], question: str) -> list[str]:
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write(f"{question}\n")
    reader.stdin.flush()
    found: list[str] = json.loads(reader.stdout.readline())
    return found


def test_one_process_reads_what_another_writes(
    tmp_path: Path, chroma_server: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMAINKIT_TIER", "embedded")
    for name, value in {
        "VECTORS": "chroma-server",
        "EMBEDDER": "hash",
        "CHROMA__URL": chroma_server,
        "CHROMA__COLLECTION": "two-processes",
    }.items():
        monkeypatch.setenv(f"DOMAINKIT_RETRIEVAL__{name}", value)
    monkeypatch.chdir(tmp_path)
    assert run("new", "clinic", "--domain", "legal").code == 0
    clinic = tmp_path / "clinic"
    monkeypatch.chdir(clinic)
    documents = clinic / "documents"
    documents.mkdir(exist_ok=True)
    (documents / "lease.txt").write_text("The landlord returns the deposit.")
    first = run("ingest", "documents")
    assert first.code == 0, first.err
    with subprocess.Popen(
        [sys.executable, "-c", READER],
        cwd=clinic,
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        question = "The tenant keeps a dog"
        assert ask(reader, question) == ["The landlord returns the deposit."]
        (documents / "lease.txt").write_text("The landlord feeds the cat.")
        (documents / "pets.txt").write_text("The tenant keeps a dog.")
        second = run("ingest", "documents")
        assert second.code == 0, second.err
        found = ask(reader, question)
        assert found[0] == "The tenant keeps a dog."
        assert set(found) == {"The tenant keeps a dog.", "The landlord feeds the cat."}
        assert reader.stdin
        reader.stdin.close()
        assert reader.wait(timeout=10) == 0
    assert not (clinic / ".domainkit" / "indexes" / "vectors" / "chroma.sqlite3").exists()
