"""What evaluations keep of documents: answers for the next run, drafts, the items of runs.

A document that is forgotten goes from them too. The scores of past runs stay: they say nothing
of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

ANSWERS = "answers.sqlite"


def forget(folder: Path, names: Collection[str]) -> None:
    """Erase every record below ``folder`` that names a document by its id, path or source.

    The answers that were kept go altogether: the next run asks again.
    """
    for kept in folder.glob(f"{ANSWERS}*"):
        kept.unlink()
    wanted = [json.dumps(name, ensure_ascii=False) for name in names]
    for path in sorted(folder.rglob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        others = [line for line in lines if not any(name in line for name in wanted)]
        if len(others) < len(lines):
            partial = path.with_suffix(".partial")
            partial.write_text("".join(others), encoding="utf-8")
            partial.replace(path)
