"""Scores of several questions, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from judged import question, turn

from domainkit.evaluation import risk, summary
from domainkit.evaluation.record import Item, Score
from domainkit.evaluation.sufficiency import Case, measure
from domainkit.packs.schemas.gates import METRICS, SLICES, Gates, parted
from domainkit.packs.schemas.sufficiency import Fitted


def item(
    number: int = 0, *, sure: float | None = None, suffices: bool | None = None, **scores: float
) -> Item:
    made = turn(sufficiency=sure)
    slices = (f"language:{'zh' if number % 2 else 'en'}",)
    names = {name.replace("_at_", "@"): value for name, value in scores.items()}
    return Item(str(number), "s", question(), made, slices=slices, suffices=suffices, scores=names)


def found(items: list[Item], metric: str, slice: str = "") -> Score:
    (score,) = [s for s in summary.summarise(items) if (s.metric, s.slice) == (metric, slice)]
    return score


def test_a_mean_is_over_the_questions_that_define_it() -> None:
    items = [item(0, support=1.0), item(1, support=0.5), item(2)]

    score = found(items, "support")

    assert (score.value, score.count) == (0.75, 2)
    assert score.low == 0.5
    assert score.high == 1.0
    assert found(items, "support", "language:zh").value == 0.5
    assert found(items, "ndcg@10") == replace(
        Score("ndcg@10", "", None, 0), baseline_of="words alone"
    )


def test_every_metric_is_there_even_of_no_question() -> None:
    scores = summary.summarise([])

    assert [score.metric for score in scores] == list(METRICS)
    assert {(score.value, score.low, score.high, score.count) for score in scores} == {
        (None, None, None, 0)
    }


def test_latencies_are_quantiles() -> None:
    items = [item(n, latency_p50=float(n), latency_p95=float(n)) for n in range(1, 102)]

    assert found(items, "latency_p50").value == 51
    assert found(items, "latency_p95").value == pytest.approx(96)


def test_the_error_of_sufficiency() -> None:
    """Two bins: 2 questions said .9 and 1 true, 2 said .25 and none true."""
    items = [
        item(0, sure=0.9, suffices=True),
        item(1, sure=0.9, suffices=False),
        item(2, sure=0.25, suffices=False),
        item(3, sure=0.25, suffices=False),
        item(4, sure=0.1),  # nothing tells whether it sufficed
        item(5, suffices=True),  # a guard stopped it before anything was said
    ]

    score = found(items, "sufficiency_error")

    assert score.value == pytest.approx((abs(1.8 - 1) + abs(0.5 - 0)) / 4)
    assert score.count == 4
    assert score.baseline == pytest.approx(0.75)  # says 1, and 1 in 4 is true
    assert score.low is not None
    assert score.high is not None
    assert score.low <= score.value <= score.high


def test_mean_risk_is_the_area_under_the_curve_of_risk() -> None:
    """Surest first: right, wrong, right. Risks 0, 1/2, 1/3 at coverages of a third each."""
    items = [
        item(0, sure=0.9, suffices=True),
        item(1, sure=0.8, suffices=False),
        item(2, sure=0.1, suffices=True),
    ]

    assert found(items, "mean_risk").value == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert found(items, "mean_risk").baseline == pytest.approx(1 / 3)
    assert summary.curves(items)["risk"] == pytest.approx(
        np.array([(1 / 3, 0), (2 / 3, 1 / 2), (1, 1 / 3)])
    )
    assert summary.curves(items)["reliability"] == ((0.1, 1, 1), (0.8, 0, 1), (0.9, 1, 1))


def test_resampled_risks_and_errors_are_those_of_the_other_modules() -> None:
    rng = np.random.default_rng(3)
    sure = np.round(rng.random(40), 1) * 0.9 + 0.05  # ties, and none at the edge of a bin
    suffices = rng.random(40) < 0.6
    items = [
        item(n, sure=s, suffices=bool(t))
        for n, (s, t) in enumerate(zip(sure, suffices, strict=True))
    ]

    area = risk.area(risk.curve(sure.tolist(), suffices.tolist()))
    fitted = Fitted(intercept=0.0, weights={"score": 1.0}, threshold=0.5)
    logits = np.log(sure / (1 - sure))
    cases = [
        Case("en-words", "c", 0, 1, str(n), {"score": float(logit)}, bool(t))
        for n, (logit, t) in enumerate(zip(logits, suffices, strict=True))
    ]

    assert found(items, "mean_risk").value == pytest.approx(area, abs=1e-12)
    assert found(items, "sufficiency_error").value == pytest.approx(
        measure(cases, fitted).error, abs=1e-9
    )


def test_gates() -> None:
    scores = [
        Score("citation_recall", "", 0.8, 10),
        Score("citation_recall", "language:zh", 0.6, 3),
        Score("ndcg@10", "tag:dose", 0.7999999999, 3),
        Score("support", "", None, 0),
    ]
    gates = Gates.model_validate(
        {
            "citation_recall": {"least": 0.8},
            "citation_recall@language:zh": {"least": 0.7},
            "ndcg@10@tag:dose": {"least": 0.8},
            "support": {"most": 1.0},
            "citation_recall@tag:absent": {"least": 0.0},
        }
    )

    outcomes = summary.judged(gates, scores)

    assert [(o.name, o.passed) for o in outcomes] == [
        ("citation_recall", True),
        ("citation_recall@language:zh", False),
        ("ndcg@10@tag:dose", True),  # a rounding error decides nothing
        ("support", False),  # nothing measures it
        ("citation_recall@tag:absent", False),
    ]


def test_a_gates_name_is_parted_at_its_slice() -> None:
    assert parted("ndcg@10") == ("ndcg@10", "")
    assert parted("ndcg@10@language:zh") == ("ndcg@10", "language:zh")
    assert parted("support@suite:medical/questions") == ("support", "suite:medical/questions")


def test_every_baseline_is_of_a_metric_there_is() -> None:
    assert summary.BASELINES.keys() <= METRICS.keys()
    assert len(set(SLICES)) == len(SLICES)
