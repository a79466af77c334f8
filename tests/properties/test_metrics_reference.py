"""Every metric says what a library that others trust says, on runs nobody chose."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.metrics import ndcg_score, precision_recall_curve, roc_auc_score

from domainkit.evaluation import (
    characters,
    preferences,
    ranking,
    resampling,
    risk,
    wording,
)
from domainkit.evaluation.sufficiency import _area, _calibration_error
from domainkit.types import Span

CLOSE = 1e-9
DOCUMENTS = [f"d{number:03}" for number in range(150)]
FEW = settings(max_examples=25)

grades = st.dictionaries(st.sampled_from(DOCUMENTS[:40]), st.integers(0, 3), max_size=12)
rankings = st.lists(st.sampled_from(DOCUMENTS), unique=True, max_size=130)
questions = st.lists(st.tuples(rankings, grades), min_size=1, max_size=6)
# No probability lies on the edge of a bin: whose it would be, is taste.
sureness = st.integers(0, 999).map(lambda number: (2 * number + 1) / 2000)
told = st.lists(st.tuples(sureness, st.booleans()), min_size=2, max_size=60).filter(
    lambda cases: len({truth for _, truth in cases}) == 2
)


def _run(asked: list[tuple[list[str], dict[str, int]]]) -> tuple[dict, dict]:
    found = {f"q{number}": ranked for number, (ranked, _) in enumerate(asked)}
    judged = {f"q{number}": grade for number, (_, grade) in enumerate(asked)}
    return found, judged


@FEW
@given(questions)
def test_rankings_score_as_trec_eval_scores_them(asked: list) -> None:
    found, judged = _run(asked)
    relevant = {name for name, grade in judged.items() if any(grade.values())}
    wanted = {"ndcg_cut.10", "recall.10,100", "recip_rank"}
    evaluator = pytrec_eval.RelevanceEvaluator({q: judged[q] for q in relevant}, wanted)
    whole = {q: {d: float(-at) for at, d in enumerate(found[q])} for q in relevant}
    first = {q: {d: float(-at) for at, d in enumerate(found[q][:10])} for q in relevant}
    # The library leaves out a question for which nothing was found: that is a zero.
    theirs = {q: scores for q, scores in evaluator.evaluate(whole).items() if found[q]}
    cut = {q: scores for q, scores in evaluator.evaluate(first).items() if found[q]}

    def mean(scores: dict, name: str) -> float:
        return sum(one[name] for one in scores.values()) / max(1, len(relevant))

    ours = ranking.score(found, judged)
    assert ours.queries == len(relevant)
    assert ours.ndcg_10 == pytest.approx(mean(theirs, "ndcg_cut_10"), abs=CLOSE)
    assert ours.recall_10 == pytest.approx(mean(theirs, "recall_10"), abs=CLOSE)
    assert ours.recall_100 == pytest.approx(mean(theirs, "recall_100"), abs=CLOSE)
    assert ours.mrr_10 == pytest.approx(mean(cut, "recip_rank"), abs=CLOSE)


@FEW
@given(rankings.filter(lambda ranked: len(ranked) >= 10), grades.filter(lambda g: any(g.values())))
def test_ndcg_is_that_of_scikit_learn(ranked: list[str], grade: dict[str, int]) -> None:
    names = list(dict.fromkeys([*ranked, *grade]))
    truth = np.array([[grade.get(name, 0) for name in names]])
    order = {name: -float(at) for at, name in enumerate(ranked)}
    said = np.array([[order.get(name, -1e6) for name in names]])
    ours = ranking.score({"q": ranked}, {"q": grade})
    assert ours.ndcg_10 == pytest.approx(ndcg_score(truth, said, k=10), abs=CLOSE)


stretches = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.tuples(st.integers(0, 90), st.integers(0, 90)).map(lambda ends: Span(*sorted(ends))),
    ),
    min_size=1,
    max_size=6,
)


@FEW
@given(stretches, stretches)
def test_characters_are_counted_as_a_mask_counts_them(found: list, wanted: list) -> None:
    def mask(parts: list) -> NDArray[np.bool_]:
        marked = np.zeros((2, 100), dtype=bool)
        for name, span in parts:
            marked["ab".index(name), span.start : span.end] = True
        return marked

    gold, first, everything = mask(wanted), mask(found[:1]), mask(found)
    ours = characters.score({"q": found}, {"q": wanted})
    precision = (first & gold).sum() / max(1, first.sum())
    recall = (everything & gold).sum() / max(1, gold.sum())
    assert ours.precision_1 == pytest.approx(precision, abs=CLOSE)
    assert ours.recall_64 == pytest.approx(recall, abs=CLOSE)


@settings(max_examples=5)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=40).filter(lambda v: len(set(v)) > 1))
def test_an_interval_is_the_percentile_bootstrap_of_scipy(values: list[float]) -> None:
    theirs = stats.bootstrap(
        (np.asarray(values),),
        np.mean,
        n_resamples=10_000,
        batch=1_000,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert resampling.interval(values) == pytest.approx((theirs.low, theirs.high), abs=CLOSE)


@settings(max_examples=5)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=10))
def test_a_paired_test_nears_what_every_sign_gives(differences: list[float]) -> None:
    exact = stats.permutation_test(
        (np.asarray(differences),),
        lambda d, axis: d.mean(axis=axis),
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
    ).pvalue
    drawn = resampling.better(differences, [0.0] * len(differences))
    # 10,000 signs are drawn: four standard errors of a share are at most .02.
    assert drawn == pytest.approx(exact, abs=0.021)


@FEW
@given(told)
def test_calibration_is_that_of_scikit_learn(cases: list[tuple[float, bool]]) -> None:
    sure, truth = np.array([s for s, _ in cases]), np.array([t for _, t in cases])
    true, said = calibration_curve(truth, sure, n_bins=10, strategy="uniform")
    counts = np.histogram(sure, bins=np.linspace(0, 1, 11))[0]
    expected = (np.abs(true - said) * counts[counts > 0]).sum() / len(sure)
    assert _calibration_error(sure, truth) == pytest.approx(expected, abs=CLOSE)
    assert _area(sure, truth) == pytest.approx(roc_auc_score(truth, sure), abs=CLOSE)


@FEW
@given(told)
def test_risk_is_what_precision_lacks(cases: list[tuple[float, bool]]) -> None:
    sure, truth = np.array([s for s, _ in cases]), np.array([t for _, t in cases])
    precision, _, thresholds = precision_recall_curve(truth, sure)
    cuts = zip(precision, thresholds, strict=False)  # the last precision is of no threshold
    expected = {float((sure >= cut).mean()): 1 - share for share, cut in cuts}
    points = risk.curve(sure.tolist(), truth.tolist())
    ours = dict(points.tolist())
    assert {c: ours[c] for c in expected} == pytest.approx(expected, abs=CLOSE)
    widths = np.diff([0.0, *sorted(ours)])
    area = sum(w * ours[c] for w, c in zip(widths, sorted(ours), strict=True))
    assert risk.area(points) == pytest.approx(area, abs=CLOSE)


votes = st.lists(
    st.tuples(
        st.sampled_from([("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")]),
        st.sampled_from([0.0, 0.5, 1.0]),
    ),
    min_size=1,
    max_size=40,
)


@FEW
@given(votes)
def test_ratings_are_the_logistic_regression_of_the_votes(cast: list) -> None:
    names = sorted({name for pair, _ in cast for name in pair})
    # One tie more for each pair that met, as the ratings have it.
    ties = [(pair, 0.5) for pair in {pair for pair, _ in cast}]

    def unlikely(strengths: NDArray[np.float64]) -> float:
        at = dict(zip(names, strengths, strict=True))
        leads = [(at[a] - at[b], share) for (a, b), share in (*cast, *ties)]
        return float(sum(np.logaddexp(0, lead) - share * lead for lead, share in leads))

    made = preferences.rate([preferences.Vote(*pair, share) for pair, share in cast], rounds=2)
    points = {one.name: (one.points - preferences.MIDDLE) / preferences.POINTS for one in made}
    ours = np.array([points[name] for name in names])
    slope = optimize.approx_fprime(ours, unlikely, 1e-6)
    assert abs(ours.mean()) < CLOSE
    assert np.abs(slope).max() < 1e-4  # a gradient by differences is no closer
    best = optimize.minimize(unlikely, np.zeros(len(names)), tol=1e-14).fun
    assert unlikely(ours) <= best + CLOSE


def test_two_that_met_are_apart_by_the_logarithm_of_their_wins() -> None:
    cast = [preferences.Vote("a", "b", 1.0)] * 7 + [preferences.Vote("b", "a", 1.0)] * 2
    first, second = preferences.rate(cast, rounds=2)
    assert first.points - second.points == pytest.approx(400 * np.log10(7.5 / 2.5), abs=CLOSE)
    assert (first.name, first.votes) == ("a", 9)


@FEW
@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), min_size=1, max_size=40)
)
def test_agreement_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    said, true = [s for s, _ in pairs], [t for _, t in pairs]
    ours = preferences.agreement(said, true)
    given = {"average": "macro", "zero_division": 0}
    assert ours.accuracy == pytest.approx(metrics.accuracy_score(true, said), abs=CLOSE)
    assert ours.precision == pytest.approx(metrics.precision_score(true, said, **given), abs=CLOSE)
    assert ours.recall == pytest.approx(metrics.recall_score(true, said, **given), abs=CLOSE)
    assert ours.f1 == pytest.approx(metrics.f1_score(true, said, **given), abs=CLOSE)
    if len({*said, *true}) > 1:
        assert ours.kappa == pytest.approx(metrics.cohen_kappa_score(true, said), abs=CLOSE)


@FEW
@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemars_test_is_the_exact_binomial_one(one: int, other: int) -> None:
    expected = stats.binomtest(one, one + other).pvalue if one + other else 1.0
    assert resampling.mcnemar(one, other) == pytest.approx(expected, abs=CLOSE)


sayings = st.text(alphabet="ab cd 血压高。", max_size=40)


@FEW
@given(sayings, sayings)
def test_words_are_compared_as_their_definitions_say(said: str, ideal: str) -> None:
    found = wording.against(said, [ideal])
    mine, theirs = wording.words(said), wording.words(ideal)
    if not theirs or not found:
        return
    assert found["rouge_1"] == pytest.approx(_f(_common(mine, theirs), mine, theirs), abs=CLOSE)
    assert found["rouge_l"] == pytest.approx(_f(_longest(mine, theirs), mine, theirs), abs=CLOSE)


def _common(one: list[str], other: list[str]) -> int:
    return sum((Counter(one) & Counter(other)).values())


def _longest(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence, from its definition."""

    @cache
    def of(i: int, j: int) -> int:
        if i == len(one) or j == len(other):
            return 0
        if one[i] == other[j]:
            return 1 + of(i + 1, j + 1)
        return max(of(i + 1, j), of(i, j + 1))

    return of(0, 0)


def _f(shared: int, one: list[str], other: list[str]) -> float:
    return 2 * shared / (len(one) + len(other)) if shared else 0.0
