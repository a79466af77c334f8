from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.errors import ModelError
from domainkit.generation.lifecycle import FILE, Lifecycle

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_an_adapter_is_a_candidate_then_active_then_retired(tmp_path: Path) -> None:
    life = Lifecycle(tmp_path)
    assert (life.active, life.state("one")) == (None, "candidate")

    life.activate("one", now=NOW)
    assert (life.active, life.state("one")) == ("one", "active")

    life.activate("two", now=NOW)
    assert (life.active, life.state("one"), life.state("two")) == ("two", "retired", "active")


def test_a_rollback_goes_back_step_by_step_to_the_base(tmp_path: Path) -> None:
    life = Lifecycle(tmp_path)
    for name in ("one", "two", "three"):
        life.activate(name, now=NOW)

    assert [life.rollback(now=NOW) for _ in range(3)] == ["two", "one", None]
    with pytest.raises(ModelError, match="nothing to go back from"):
        life.rollback(now=NOW)


def test_what_was_retired_is_passed_over(tmp_path: Path) -> None:
    life = Lifecycle(tmp_path)
    for name in ("one", "two", "three"):
        life.activate(name, now=NOW)
    life.retire("two", now=NOW)

    assert life.rollback(now=NOW) == "one"


def test_the_history_says_what_was_done_when(tmp_path: Path) -> None:
    life = Lifecycle(tmp_path)
    life.activate("one", now=NOW)
    life.activate("one", now=NOW)  # it is active already
    life.retire("one", now=NOW)

    assert [(c.at, c.act, c.name) for c in life.history()] == [
        (NOW, "activate", "one"),
        (NOW, "retire", "one"),
    ]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"at": "2026-05-01T00:00:00+00:00", "act": "retire"}\n')

    with pytest.raises(ModelError, match=rf"{FILE}:1: not a line"):
        _ = Lifecycle(tmp_path).active


@given(st.lists(st.tuples(st.sampled_from(["activate", "retire", "rollback"]), st.integers(0, 3))))
def test_at_most_one_is_active_and_it_is_one_that_was_activated(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    life = Lifecycle(tmp_path_factory.mktemp("adapters"))
    activated: set[str] = set()
    for act, number in acts:
        name = f"a{number}"
        if act == "rollback":
            if life.active:
                life.rollback(now=NOW)
        else:
            getattr(life, act)(name, now=NOW)
            activated |= {name} if act == "activate" else set()
        states = {each: life.state(each) for each in (f"a{n}" for n in range(4))}
        active = [each for each, state in states.items() if state == "active"]
        assert active == ([life.active] if life.active else [])
        assert set(active) <= activated
