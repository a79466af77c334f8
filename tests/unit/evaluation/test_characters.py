"""Whole files are read and divided, and the characters found are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_benchmark import write

from domainkit.errors import EvaluationError
from domainkit.evaluation import beir, characters
from domainkit.evaluation.benchmark import Setup
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.types import Span

SETUP = Setup(Retrieval(), "lexical", None)
LEASE = "The tenant pays the rent on the first day of each month.\n\n" + "Of other things. " * 60


def test_characters_are_counted_once_and_by_their_file() -> None:
    wanted = {"q": [("a", Span(0, 10)), ("a", Span(5, 20))]}
    found = {"q": [("a", Span(10, 50)), ("b", Span(0, 10)), ("a", Span(0, 5))]}
    assert characters.score(found, wanted) == characters.CharacterScores(10 / 40, 15 / 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write(tmp_path / "small")
    (made / "files").mkdir()
    (made / "files" / "lease.txt").write_text(LEASE)
    (made / "files" / "other.txt").write_text("Nothing is said of money.")
    question = {
        "_id": "q1",
        "text": "When is the rent paid?",
        "snippets": [{"file": "lease.txt", "span": [0, 56]}],
    }
    (made / "queries.jsonl").write_text(json.dumps(question))
    return made


def test_files_are_divided_and_searched(folder: Path) -> None:
    found = characters.run(beir.load(folder), SETUP)
    assert found.recall_64 == 1.0
    assert 56 / (1.3 * characters.PASSAGE) <= found.precision_1 < 1


def test_what_is_missing_is_named(folder: Path) -> None:
    (folder / "files").rename(folder / "elsewhere")
    with pytest.raises(EvaluationError, match="no folder 'files'"):
        characters.run(beir.load(folder), SETUP)
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "When?"}')
    with pytest.raises(EvaluationError, match=r"queries\.jsonl:1: no stretch of a file"):
        characters.gold(folder)
