"""Every metric is a number or undefined, whatever was asked and answered."""

import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from judged import found, gold, question, turn

from domainkit.evaluation import markdown, scoring, summary
from domainkit.evaluation.comparison import compare
from domainkit.evaluation.impact import changes
from domainkit.evaluation.record import Item, Run, written
from domainkit.packs.schemas.gates import METRICS, Gates
from domainkit.types import Generation, Message, Prompt, Span, Usage, Verdict

TEXTS = (
    "", " ", "\x00", "\ud83d", "🩺" * 50, "[1]", "[1][2][999]", "Yes.", "no, never. [1]", "是的。",
    "A", "(B) insulin", "NaN", "1e309", "two tablets\u2028a day", "أقراص" * 9, "e\u0301" * 40,
    "不" * 300, "Take two. [1] Take eight. [0]", "|" * 40, "\n\n\n", "a" * 100_000,
    "Take two tablets. [1] " * 4_700, "每天滴三次。[2]" * 9_000, "the " * 25_000,
)  # fmt: skip
STATUSES = ("answered", "insufficient", "clarify", "refused", "escalated")
SMALL = len(TEXTS) - 4  # the last are of 100 kB


def adversarial(seed: int) -> Item:
    """Return an item of an odd question, an odd answer and odd passages."""
    rng = random.Random(seed)  # noqa: S311 # no secret
    # A text of 100 kB now and then: each takes some 50 ms to be read.
    text = TEXTS[rng.randrange(len(TEXTS) if seed % 50 == 0 else SMALL)]
    expect = rng.choice(STATUSES)
    row = question(
        id=str(seed), expect=expect, language=rng.choice(("en", "zh")),
        tags=["odd"] * rng.randrange(2), must_say=rng.choice(([], ["two"], ["。", "🩺"])),
        must_not_say=rng.choice(([], ["[1]"], ["eight"])),
        ideal=rng.choice(([], [], [], ["..."], ["Take two."], ["三次", "yes"])),
        **rng.choice(({}, {"label": "yes"}, {"label": "B", "choices": {"A": "a", "B": "b"}})),
    )  # fmt: skip
    held = () if expect != "answered" else tuple(
        gold(*rng.choice(((), ("p1",), ("p2", "p3"))),
             span=rng.choice((None, Span(0, 0), Span(3, 9), Span(0, 10**9))))
        for _ in range(rng.randrange(4))
    )  # fmt: skip
    passages = found(*rng.choice(((), ("p1",), ("p1", "p2", "p4"))))
    made = turn(
        rng.choice(STATUSES), text, retrieved=passages, cited=rng.choice(((), ("p1", "p9"))),
        sufficiency=rng.choice((None, 0.0, 0.5, 1.0)), support=rng.choice((None, 0.0, 1.0)),
        verdicts=rng.choice(((), (Verdict("scope", "question", "refuse"),))),
    )  # fmt: skip
    usage = Usage(rng.randrange(2), 0)
    if rng.random() < 0.7:
        prompt = Prompt((Message("user", text),), passages)
        made = type(made)(made.question, passages, prompt, Generation(text, "m", usage=usage),
                          made.answer, rng.choice(({}, {"total": 0.0})))  # fmt: skip
    judged = scoring.judge(row, made, held)
    return Item(row.id, "odd", row, made, held, suffices=judged.suffices,
                slices=tuple(scoring.sliced(judged)), scores=scoring.score(judged))  # fmt: skip


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return [adversarial(seed) for seed in range(1_000)]


def test_scores_are_finite_and_known(items: list[Item]) -> None:
    costs = {"latency_p50", "latency_p95", "prompt_tokens", "completion_tokens"}
    for item in items:
        assert item.scores.keys() <= METRICS.keys()
        for metric, value in item.scores.items():
            assert math.isfinite(value), (item.id, metric)
            assert metric in costs or 0 <= value <= 1, (item.id, metric)
        written(item)  # refuses what JSON has not


def parts(items: list[Item]) -> Iterator[list[Item]]:
    yield []
    yield items
    yield from ([item] for item in items[:12])


def test_summaries_are_finite_or_undefined(items: list[Item]) -> None:
    for part in parts(items):
        scores = summary.summarise(part)
        for score in scores:
            assert (score.value is None) == (score.count == 0)
            ends = (score.value, score.low, score.high, score.baseline)
            assert all(end is None or math.isfinite(end) for end in ends), score
            if score.value is not None and score.low is not None and score.high is not None:
                assert score.low - 1e-9 <= score.high
        curves = summary.curves(part)
        json.dumps([list(map(list, points)) for points in curves.values()], allow_nan=False)
        gates = Gates.model_validate({metric: {"least": 0.5} for metric in METRICS})
        for outcome in summary.judged(gates, scores):
            assert not (outcome.passed and outcome.value is None)


def test_comparisons_and_pages_are_made_of_anything(items: list[Item]) -> None:
    some = items[:120]
    shuffled = [
        type(new)(old.id, old.suite, old.question, new.turn, new.gold, slices=old.slices,
                  scores=new.scores)
        for old, new in zip(some, [*some[1:], some[0]], strict=True)
    ]  # fmt: skip
    for one in compare(some, shuffled):
        assert all(map(math.isfinite, (one.before, one.after, one.low, one.high)))
        assert 0 <= one.chance <= 1
    changed = changes(some, shuffled)
    assert changed
    now = datetime(2026, 1, 1, tzinfo=UTC)
    run = Run("r", now, now, "", "", "p", "1", "", 0, 0, 0, 0, changes=changed,
              scores=summary.summarise(some))  # fmt: skip
    assert "nan" not in markdown.page(run, some).split("## Questions")[0].lower()
    written(run)
