"""What is read of a benchmark's files, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_benchmark import QRELS, write

from domainkit.errors import EvaluationError
from domainkit.evaluation import beir


def test_questions_that_are_judged_are_read_by_id_and_text_alone(tmp_path: Path) -> None:
    read = beir.load(write(tmp_path / "small"))
    assert read.name == "small"
    assert read.questions == {"q1": "What lowers a fever?", "q2": "aspirin blood"}
    assert read.qrels == {"q1": {"d1": 2}, "q2": {"d2": 1, "d3": 0}, "q4": {"d1": 0}}


def test_the_name_is_the_folders_own_however_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path / "small"))
    assert beir.load(Path()).name == "small"


def test_a_folder_that_lacks_files_names_them(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"lacks corpus\.jsonl, queries\.jsonl, qrels\.tsv"):
        beir.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "queries.jsonl",
            '{"_id": "q1", "text": "x"}\n{"_id": "q2"}',
            r"queries\.jsonl:2: .*text",
        ),
        ("queries.jsonl", "[1]", r"queries\.jsonl:1: not a question"),
        ("queries.jsonl", "no json", r"queries\.jsonl:1: not a question"),
        ("queries.jsonl", b"\xff\xfe", r"queries\.jsonl: not UTF-8"),
        ("queries.jsonl", '{"_id": "other", "text": "x"}', r"no question .* is judged"),
        ("qrels.tsv", QRELS + "q1 d1 1\n", r"qrels\.tsv:6: not a judgement"),
        ("qrels.tsv", QRELS + "q1\td1\tmuch\n", r"qrels\.tsv:6: not a judgement"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    folder = write(tmp_path / "small")
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(EvaluationError, match=said) as caught:
        beir.load(folder)
    assert caught.value.hint
