from __future__ import annotations

from pathlib import Path

import pytest

from domainkit.packs import files
from domainkit.packs.problems import PackProblems, Problem


def yaml_of(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "domain.yaml"
    path.write_text(text, encoding="utf-8")
    return files.read_yaml(path, "pack/domain.yaml")


def test_a_mapping_is_read_and_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    assert yaml_of(tmp_path, "a: [1, two]\nb: {c: 条}\n") == {"a": [1, "two"], "b": {"c": "条"}}
    assert yaml_of(tmp_path, "# nothing but a comment\n") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "pack/domain.yaml:2: the key 'a' stands twice"),
        ("a:\n  b: 1\n  b: 2\n", "pack/domain.yaml:3: the key 'b' stands twice"),
        ("NO: nitric oxide\n", "pack/domain.yaml:1: 'NO' is read as False: quote it"),
        ("a: &x [1]\nb: *x\n", "pack/domain.yaml:2: the alias *x is not allowed: write it out"),
        ("- a\n", "pack/domain.yaml: expected a mapping of keys to values"),
        ("a: b: c\n", "pack/domain.yaml:1: mapping values are not allowed in this context"),
        ("a: !!python/object:os.system x\n", "could not determine a constructor"),
        ("a: 2024-02-31\n", "pack/domain.yaml: is not YAML: day is out of range"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(PackProblems) as caught:
        yaml_of(tmp_path, text)
    assert said in str(caught.value)


def test_deep_nesting_is_refused_before_it_costs_anything(tmp_path: Path) -> None:
    with pytest.raises(PackProblems, match="nested more than 40 levels"):
        yaml_of(tmp_path, "a: " + "[" * 5000 + "]" * 5000)


def test_a_file_that_is_not_text_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "answer.en.md"
    path.write_bytes(b"good\xff")
    with pytest.raises(PackProblems, match=r"shown: is not UTF-8 \(byte 4\)"):
        files.read_text(path, "shown")


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "guards.yaml"
    path.write_bytes(b" " * (files.LARGEST + 1))
    with pytest.raises(PackProblems, match="larger than 2,000,000 bytes"):
        files.read_text(path, "guards.yaml")


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackProblems, match=r"pack/x\.md: No such file"):
        files.read_text(tmp_path / "x.md", "pack/x.md")


def test_rows_carry_their_line_and_a_broken_one_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1}\n\n{broken\n', encoding="utf-8")
    rows = list(files.read_rows(path, "train/rows.jsonl"))
    assert rows[0] == ("1", {"id": 1})
    line, problem = rows[1]
    assert line == "3"
    assert isinstance(problem, Problem)
    assert str(problem).startswith("train/rows.jsonl:3: is not JSON")
