from __future__ import annotations

import random
from dataclasses import replace
from functools import partial

import pytest

from domainkit.evaluation.sufficiency import (
    RISKS,
    Case,
    calibrate,
    cross_measure,
    fit,
    measure,
)
from domainkit.guards.evidence import sufficiency
from domainkit.packs.schemas.sufficiency import Fitted, Sufficiency


def cases(number: int, *, noise: float = 0.0) -> list[Case]:
    """Return cases that suffice where their coverage is above one half, but for some noise."""
    chance = random.Random(7)  # noqa: S311 (a sample, no secret)
    made = []
    for index in range(number):
        coverage = chance.random()
        suffices = coverage + chance.uniform(-noise, noise) > 0.5
        measured = {"coverage": coverage, "length": chance.random(), "rarity": 4.0}
        made.append(Case("en-words", "set", 0, 10, f"q{index}", measured, suffices))
    return made


def test_a_fitted_model_tells_what_it_was_not_fitted_on() -> None:
    asked = cases(400, noise=0.1)
    fitted = fit([case for case in asked if case.fits], ["coverage", "length"])
    told = measure([case for case in asked if not case.fits], fitted)
    assert told.precision > 0.85
    assert told.recall > 0.85
    assert told.area > 0.95
    assert 0 <= told.error < 0.15


def test_a_product_of_features_is_a_feature() -> None:
    fitted = Fitted(intercept=0, weights={"coverage*rarity": 1.0})
    assert sufficiency({"coverage": 0.5, "rarity": 4.0}, fitted) == pytest.approx(0.8808, abs=1e-4)


def test_every_figure_is_defined_where_nothing_is_refused_and_nothing_suffices() -> None:
    always, never = Fitted(intercept=9, weights={}), Fitted(intercept=-9, weights={})
    for asked in (cases(5), [c for c in cases(50) if c.suffices], cases(1)):
        for fitted in (always, never):
            told = measure(asked, fitted)
            assert 0 <= told.precision <= 1
            assert 0 <= told.recall <= 1
            assert 0 <= told.area <= 1


def test_what_is_said_to_fit_fits() -> None:
    asked = cases(1)[0]
    for half in ("fit", "measure"):
        moved = Case(*[getattr(asked, name) for name in asked.__slots__[:-1]], half)
        assert moved.fits == (half == "fit")


def test_a_promised_risk_is_kept_by_questions_that_fitted_nothing() -> None:
    asked = cases(2000, noise=0.4)
    fitted = fit([case for case in asked if case.fits], ["coverage", "length"])
    held = [case for case in asked if not case.fits]
    assert [promise.risk for promise in fitted.promises] == list(RISKS)
    answered = []
    for promise in fitted.promises:
        told = measure(held, fitted.within(promise.risk))
        assert told.answered * told.risk == pytest.approx(promise.risk, abs=0.03) or (
            told.answered == 1.0
        )
        answered.append(told.answered)
    assert answered == sorted(answered)


def test_the_risk_an_owner_accepts_chooses_the_threshold() -> None:
    promises = [{"risk": 0.1, "threshold": 0.8}, {"risk": 0.3, "threshold": 0.6}]
    models = {"en-words": {"threshold": 0.5, "promises": promises}}

    def threshold(**given: float) -> float:
        return (
            Sufficiency.model_validate({"models": models, **given})
            .model("en", vectors=False)
            .threshold
        )

    assert threshold() == 0.5
    assert threshold(risk=0.1) == 0.8
    assert threshold(risk=0.2) == 0.8
    assert threshold(risk=0.3) == 0.6
    with pytest.raises(ValueError, match=r"no threshold of en-words promises .* the least is 0.1"):
        threshold(risk=0.05)


def test_some_own_questions_move_a_model_that_was_fitted_elsewhere() -> None:
    elsewhere = fit(cases(400, noise=0.2), ["coverage", "length"])
    # Here as much coverage as elsewhere suffices far less often.
    asked = [replace(case, suffices=case.measured["coverage"] > 0.8) for case in cases(600)]
    own, held = asked[:60], asked[60:]
    moved = calibrate(own, elsewhere)
    before, after = measure(held, elsewhere), measure(held, moved)
    assert after.error < before.error / 2
    assert min(after.precision, after.recall) > min(before.precision, before.recall) + 0.1
    assert min(after.precision, after.recall) > 0.9
    assert moved.weights == elsewhere.weights
    assert [promise.risk for promise in moved.promises] == list(RISKS)
    told = cross_measure(own, partial(calibrate, fitted=elsewhere))
    assert told.asked == 60
    assert told.recall > 0.8


def test_few_questions_move_little() -> None:
    elsewhere = fit(cases(400, noise=0.2), ["coverage", "length"])
    one = [replace(cases(1)[0], suffices=False)]
    moved = calibrate(one, elsewhere)
    assert moved.scale == pytest.approx(1, abs=0.25)
    assert all(promise.threshold == 1.0 for promise in moved.promises)


def test_a_promise_is_kept_in_the_hardest_corpus_not_on_average() -> None:
    easy = cases(600, noise=0.05)
    hard = [replace(case, corpus="hard") for case in cases(600, noise=0.9)]
    fitted = fit([case for case in (*easy, *hard) if case.fits], ["coverage", "length"])
    held = [case for case in hard if not case.fits]
    for promise in fitted.promises:
        told = measure(held, fitted.within(promise.risk))
        assert told.answered * told.risk < promise.risk + 0.04


def test_a_question_asked_without_its_documents_silences_less_than_one_they_answer() -> None:
    asked = cases(400, noise=0.4)
    fitted = fit(asked, ["coverage"])
    silent = [sufficiency(case.measured, fitted) < fitted.threshold for case in asked]
    wrongly = sum(quiet and case.suffices for quiet, case in zip(silent, asked, strict=True))
    answered = sum(
        not quiet and not case.suffices for quiet, case in zip(silent, asked, strict=True)
    )
    assert wrongly < answered
