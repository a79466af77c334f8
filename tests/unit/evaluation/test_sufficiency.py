from __future__ import annotations

import random

import pytest

from domainkit.evaluation.sufficiency import Case, fit, measure
from domainkit.guards.evidence import sufficiency
from domainkit.packs.schemas.sufficiency import Fitted


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
