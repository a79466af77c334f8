"""A table of results keeps the rows that were not measured anew."""

from __future__ import annotations

import json
from pathlib import Path

from report import kept, write


def test_a_row_takes_the_place_of_its_own_alone(tmp_path: Path) -> None:
    rows = [{"corpus": "made", "passages": size, "ms": 1} for size in (10, 20)]
    write("scale", "python x.py", rows, folder=tmp_path)
    new = {"corpus": "made", "passages": 20, "ms": 2}
    merged = kept("scale", [new], ("corpus", "passages"), folder=tmp_path)
    assert merged == [rows[0], new]
    path = write("scale", "python x.py", merged, folder=tmp_path)
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["rows"] == merged


def test_a_table_that_is_not_there_yet_has_the_new_rows(tmp_path: Path) -> None:
    assert kept("scale", [{"passages": 1}], ("passages",), folder=tmp_path) == [{"passages": 1}]
