"""A run is read back as it was written."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from judged import gold, question, whole

from domainkit.errors import EvaluationError
from domainkit.evaluation.codec import decode, encode
from domainkit.evaluation.record import GateOutcome, Item, Run, Runs, Score
from domainkit.types import Span, Turn

RUN = Run(
    id="20260102T030405Z-abcdef00",
    started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    ended=datetime(2026, 1, 2, 3, 5, 6, tzinfo=UTC),
    command="domainkit eval",
    configuration="abc",
    pack="medical",
    pack_version="0.1.0",
    pack_fingerprint="def",
    generation=3,
    documents=2,
    passages=9,
    seed=0,
    scores=(
        Score("citation_recall", "", 0.5, 2, 0.1, 0.9, 0.25, "words alone"),
        Score("citation_recall", "language:zh", None, 0),
    ),
    gates=(GateOutcome("citation_recall", "language:zh", None, 0, passed=False, least=0.5),),
    curves={"risk": ((0.5, 0.0), (1.0, 0.25))},
)
ITEM = Item(
    "q",
    "own",
    question(must_say=["two"], as_of="2026-01-02"),
    whole(),
    (gold("p1", span=Span(0, 4)),),
    ("p1",),
    ("p1",),
    True,
    ("language:en",),
    {"citation_recall": 1.0},
    {"citation_recall": 0.0},
)


def test_a_turn_is_read_as_it_was_written() -> None:
    assert decode(Turn, json.loads(json.dumps(encode(whole())))) == whole()


def test_a_run_and_its_items_are_read_as_they_were_written(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.write(RUN, [ITEM, replace(ITEM, id="r", suffices=None)])

    assert runs.read("last") == RUN
    assert list(runs.items("2026")) == [ITEM, replace(ITEM, id="r", suffices=None)]
    assert runs.read("last").score("citation_recall", "language:zh") == RUN.scores[1]
    assert not runs.read("last").passed


def test_half_a_character_is_kept(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    odd = replace(
        ITEM, turn=replace(whole(), answer=replace(whole().answer, text="\ud83d 二\u2028"))
    )

    runs.write(RUN, [odd])

    assert list(runs.items("last")) == [odd]


def test_a_file_of_a_later_version_can_be_read_and_one_of_an_earlier() -> None:
    written = encode(RUN) | {"unknown": 1}
    del written["curves"]

    assert decode(Run, written) == replace(RUN, curves={})


def test_a_run_is_named_by_how_its_id_begins(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.write(RUN, [])
    runs.write(replace(RUN, id="20260103T000000Z-abcdef00"), [])

    assert runs.find("last") == "20260103T000000Z-abcdef00"
    assert runs.find("20260102") == RUN.id
    with pytest.raises(EvaluationError, match="2 runs begin"):
        runs.find("2026")
    with pytest.raises(EvaluationError, match="no run 'x'"):
        runs.find("x")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    folder = runs.write(RUN, [])
    (folder / "run.json").write_text('{"id": 1}')

    with pytest.raises(EvaluationError, match=r"run\.json cannot be read"):
        runs.read("last")


def test_a_number_json_has_not_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Runs(tmp_path).write(RUN, [replace(ITEM, scores={"support": float("nan")})])
