"""Answers are kept by what decides them; a damaged file says so."""

from datetime import date
from pathlib import Path

import pytest
from judged import whole

from domainkit.errors import EvaluationError
from domainkit.evaluation import configuration, kept
from domainkit.evaluation.configuration import Configuration
from domainkit.evaluation.kept import Asking, Kept
from domainkit.settings import GenerationSettings, Settings

ASKING = Asking(whole(), whole(), (("p1", "p2"),), (("p1",),))


def test_what_is_kept_is_found_as_it_was(tmp_path: Path) -> None:
    answers = Kept(tmp_path / "eval")
    assert answers.find("k") is None
    assert not answers.has("k")

    answers.keep("k", ASKING)
    answers.keep("k", ASKING)

    assert answers.find("k") == ASKING
    assert answers.has("k")
    assert answers.find("other") is None


def test_the_oldest_answers_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    answers = Kept(tmp_path)
    for key in "abc":
        answers.keep(key, ASKING)

    assert [answers.has(key) for key in "abc"] == [False, True, True]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_text("no database, but long enough to be taken for one")

    with pytest.raises(EvaluationError, match=r"answers\.sqlite: file is not a database"):
        Kept(tmp_path).has("k")


def test_a_day_counts_as_the_last_on_which_a_text_changed() -> None:
    configured = Configuration({}, (date(2020, 1, 1), date(2026, 1, 1)))

    assert configured.season(date(2025, 12, 31)) == "2020-01-01"
    assert configured.season(date(2026, 1, 1)) == "2026-01-01"
    assert configured.season(date(2019, 1, 1)) == ""
    assert configured.season(None) == "2026-01-01"
    assert Configuration({}).season(date(2026, 1, 1)) == ""


def test_no_secret_is_in_what_decides_an_answer() -> None:
    settings = Settings(
        generation=GenerationSettings.model_validate({"key": "s3cret", "url": "http://x/v1"})
    )

    told = configuration.decisive(settings)

    assert "s3cret" not in str(told)
    assert "key" not in told["generation"]
    assert "token" not in told["retrieval"]["chroma"]
    assert told["generation"]["url"] == "http://x/v1"


def test_the_code_that_answers_has_one_hash() -> None:
    assert configuration.code() == configuration.code()
    assert len(configuration.code()) == 64
    assert configuration.libraries()["numpy"] != "absent"
