"""A benchmark small enough to rank by hand."""

from __future__ import annotations

import json
from pathlib import Path

CORPUS = [
    {"_id": "d1", "title": "Fever", "text": "Paracetamol lowers a fever."},
    {"_id": "d2", "title": "Blood", "text": "Aspirin thins the blood."},
    {"_id": "d3", "title": "Sugar", "text": "Metformin lowers blood glucose."},
]
# The fields beside `_id` and `text` give the answer away and must not be read.
QUERIES = [
    {"_id": "q1", "text": "What lowers a fever?", "kind": "metformin glucose"},
    {"_id": "q2", "text": "aspirin blood", "focus": "fever"},
    {"_id": "q3", "text": "not judged"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq2\td3\t0\nq4\td1\t0\n"


def write(folder: Path, queries: list[dict[str, str]] = QUERIES, qrels: str = QRELS) -> Path:
    """Write the benchmark to ``folder``; return the folder."""
    folder.mkdir(exist_ok=True)
    for name, rows in (("corpus", CORPUS), ("queries", queries)):
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder
