"""Runs are compared by people who do not know which is which, and by models."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from evaluation_runs import item, run
from typer.testing import CliRunner

from domainkit.cli import eval_judge
from domainkit.cli.eval import app
from domainkit.errors import EvaluationError
from domainkit.evaluation.duels import Ballot, Ballots, duels, pairs_of
from domainkit.evaluation.pairwise import Pair
from domainkit.evaluation.record import Runs
from domainkit.packs import scaffold
from domainkit.server.arena_page import ArenaPage
from domainkit.server.local_page import LocalPage
from domainkit.testing import EchoGenerator

PAIRS = [Pair(f"q{n}", "How much?", "<b>one</b>", "two") for n in range(40)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    planned = scaffold.plan("office", domain="medical", language="en", base=tmp_path)
    scaffold.write(planned)
    runs = Runs(planned.folder / ".domainkit" / "eval" / "runs")
    for name, text in (("alpha", "One tablet. [1]"), ("beta", "Two tablets. [1]")):
        same = item("same", text="Three. [1]")
        runs.write(replace(run(), id=name), [item("q1", text=text), item("q2", text=text), same])
    return planned.folder


def invoke(folder: Path, *given: str) -> Any:
    result = CliRunner().invoke(
        app, [*given, "--assistant", str(folder), "--json"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_sides_are_drawn_and_what_was_voted_on_is_left_out() -> None:
    made = duels(PAIRS, ("alpha", "beta"), seed=1)
    assert 8 < sum(one.swapped for one in made) < 32
    assert all(one.left != one.right for one in made)
    assert {one.sides for one in made} == {("<b>one</b>", "two"), ("two", "<b>one</b>")}
    voted = [Ballot(made[0].pair.id, made[0].right, made[0].left, "tie", "2026-01-01")]
    assert len(duels(PAIRS, ("beta", "alpha"), seed=2, voted=voted)) == 39


def test_only_answers_that_differ_meet() -> None:
    ours, theirs = (
        [item("a", text="One. [1]"), item("b", text="Two. [1]")],
        [item("a", text="One. [1]")],
    )
    assert pairs_of(ours, theirs) == []
    assert [p.id for p in pairs_of(ours, [item("b", text="None.")])] == ["b"]
    assert pairs_of(ours, [item("b", text="None.", question="Another?")]) == []


def test_the_page_never_says_whose_an_answer_is(tmp_path: Path) -> None:
    ballots = Ballots(tmp_path / "votes.jsonl")
    shown = duels(PAIRS[:2], ("alpha-run", "beta-run"), seed=3)
    page = ArenaPage(
        shown,
        lambda duel, chosen: ballots.add(
            Ballot(duel.pair.id, duel.left, duel.right, chosen, "now")
        ),
    )
    local = LocalPage(page)
    thread = threading.Thread(target=local.run, args=(lambda _: None,), daemon=True)
    thread.start()
    origin = {"Origin": "/".join(local.url.split("/")[:3])}
    text = httpx.get(local.url).text
    assert "alpha-run" not in text
    assert "beta-run" not in text
    assert "&lt;b&gt;one" in text
    httpx.post(local.url, data={"at": "7", "chosen": "left"}, headers=origin)
    httpx.post(local.url, data={"at": "0", "chosen": "left"}, headers=origin)
    httpx.post(local.url, data={"at": "0", "chosen": "left"}, headers=origin)
    httpx.post(local.url, data={"at": "1", "chosen": "skip"}, headers=origin)
    assert "That is all" in httpx.get(local.url).text
    thread.join(5)
    (kept,) = ballots.read()
    assert (kept.chosen, kept.left) == ("left", shown[0].left)


def test_votes_become_ratings(folder: Path) -> None:
    assert invoke(folder, "arena") == {"votes": 0, "ratings": []}
    ballots = Ballots(folder / ".domainkit" / "eval" / "votes.jsonl")
    for number in range(10):
        ballots.add(Ballot(f"q{number}", "alpha", "beta", "left" if number else "right", "now"))
    rated = invoke(folder, "arena")
    assert rated["votes"] == 10
    assert [one["name"] for one in rated["ratings"]] == ["alpha", "beta"]
    with ballots.path.open("a") as file:
        file.write('{"question": "q", "left": "a", "right": "b", "chosen": "x", "when": ""}\n')
    failed = CliRunner().invoke(app, ["arena", "--assistant", str(folder)]).exception
    assert isinstance(failed, EvaluationError)
    assert "votes.jsonl:11: not a vote" in str(failed)


def test_a_model_judges_two_runs_and_goes_on_where_it_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Judge(EchoGenerator):
        def generate(self, prompt: Any, *, adapter: str | None = None) -> Any:
            asked.append(1)
            return super().generate(prompt, adapter=adapter)

    monkeypatch.setattr(eval_judge, "_generator", lambda _: Judge("1"))
    made = invoke(folder, "judge", "alpha", "beta", "--most", "1")
    assert (made["run_a"], made["pairs"], made["ties"]) == ("alpha", 1, 1)
    assert "echo" in made["judge"]
    made = invoke(folder, "judge", "alpha", "beta")
    assert (made["pairs"], len(asked)) == (2, 4)


def test_without_a_model_nothing_judges(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    for given, said in ((["alpha", "beta"], "no model can judge"), ([], "no model can judge")):
        failed = CliRunner().invoke(app, ["judge", *given, "--assistant", str(folder)]).exception
        assert isinstance(failed, EvaluationError)
        assert said in str(failed)
