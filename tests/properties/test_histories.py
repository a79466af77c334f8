"""Whatever is done to a folder, reading it again leaves what a new assistant would have."""

from __future__ import annotations

import tempfile
from pathlib import Path

import lifecycle
from histories import History
from hypothesis import given, settings
from hypothesis import strategies as st

from domainkit.types import Filter


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), pauses=st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_a_history_leaves_what_a_fresh_build_has(seed: int, pauses: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        history = History(base / "documents", seed, most=8)
        for steps in pauses:
            for _ in range(steps):
                history.step()
            lifecycle.refresh(base)
        questions = history.questions(10)
        with lifecycle.opened(base) as (store, indexes):
            held = lifecycle.Held.of(store, indexes, questions)
            residual = [m for m in history.gone if indexes.lexical.search(m, 1, Filter())]
        assert residual == []
        differences = held.differences(lifecycle.fresh(history, questions))
        assert set(differences.values()) == {0}, differences
