"""Which questions an assistant is asked: its own, and its parents' about what it knows."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domainkit.errors import EvaluationError
from domainkit.evaluation import suite
from domainkit.packs.pack import Pack


def row(name: str, path: str = "", **more: Any) -> str:
    cited = {"must_cite": [{"path": path, "quote": "x"}]} if path else {}
    expect = "answered" if path else "insufficient"
    question = {"id": name, "question": f"{name}?", "language": "en", "expect": expect}
    return json.dumps({**question, **cited, **more}) + "\n"


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    own, parent = tmp_path / "clinic", tmp_path / "medical"
    for folder in (own, parent):
        (folder / "eval").mkdir(parents=True)
    (own / "eval" / "mine.jsonl").write_text(row("mine", "documents/a.md", tags=["dose"]))
    (parent / "eval" / "questions.jsonl").write_text(
        row("known", "knowledge/kept.md")
        + row("below", "knowledge/folder/one.md#r")
        + row("unknown", "knowledge/dropped.md")
        + row("silent")
    )
    known = {
        "kept": SimpleNamespace(path="knowledge/kept.md"),
        "folder": SimpleNamespace(path="knowledge/folder"),
    }
    manifest = SimpleNamespace(knowledge=known)
    return cast(
        "Pack",
        SimpleNamespace(folder=own, folders=(own, parent), manifest=manifest, name="clinic"),
    )


def test_questions_about_knowledge_that_is_left_out_are_not_asked(pack: Pack) -> None:
    loaded = suite.load(pack)

    assert [(one.suite, one.question.id) for one in loaded.asked] == [
        ("clinic/mine", "mine"),
        ("medical/questions", "known"),
        ("medical/questions", "below"),
        ("medical/questions", "silent"),
    ]
    assert loaded.asked[1].folders == (pack.folders[1],)
    assert loaded.notices == (
        "1 questions are about knowledge that this assistant leaves out: not asked",
    )
    assert set(loaded.hashes) == {"clinic/mine", "medical/questions"}


def test_a_file_that_is_named_is_asked_whole(pack: Pack) -> None:
    loaded = suite.load(pack, [pack.folders[1] / "eval" / "questions.jsonl"])

    assert [one.question.id for one in loaded.asked] == ["known", "below", "unknown", "silent"]
    assert loaded.asked[0].folders == (pack.folders[1], *pack.folders)


def test_some_of_them(pack: Pack) -> None:
    loaded = suite.load(pack)

    assert [o.question.id for o in suite.only(loaded, ["dose", "silent"]).asked] == [
        "mine",
        "silent",
    ]
    assert len(suite.only(loaded, ["medical/questions"]).asked) == 3


def test_no_question_is_told(pack: Pack) -> None:
    for folder in pack.folders:
        for path in (folder / "eval").glob("*.jsonl"):
            path.unlink()

    with pytest.raises(EvaluationError, match="no judged questions"):
        suite.load(pack)
