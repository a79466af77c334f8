"""A fused score lies in [0, 1], rises with each of its parts, and orders the same every time."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.fusion import HALF, Weights, above, fuse, score, strength

bm25 = st.floats(0, 500, allow_nan=False)
cosines = st.floats(-1.001, 1.001, allow_nan=False)
shares = st.floats(0, 1, allow_nan=False)
rarities = st.floats(0.01, 20, allow_nan=False)
keys = st.integers(1, 60)


@st.composite
def weights(draw: st.DrawFn) -> Weights:
    dense = draw(shares)
    return Weights(dense=dense, coverage=draw(st.floats(0, 1 - dense)))


@given(bm25, rarities, cosines, shares, weights())
def test_the_score_lies_between_zero_and_one(
    lexical: float, rarity: float, dense: float, coverage: float, share: Weights
) -> None:
    assert 0.0 <= strength(lexical, rarity) < 1.0
    assert 0.0 <= score(strength(lexical, rarity), dense, coverage, weights=share) <= 1.0


@given(bm25, bm25, rarities)
def test_a_higher_bm25_is_never_weaker(lexical: float, more: float, rarity: float) -> None:
    assert strength(lexical + more, rarity) >= strength(lexical, rarity)


@given(rarities)
def test_a_bm25_of_half_the_scale_is_one_half(rarity: float) -> None:
    assert strength(HALF * rarity, rarity) == pytest.approx(0.5)


@given(shares, cosines, shares, weights(), shares, st.floats(0, 2), shares)
def test_more_of_any_part_never_lowers_the_score(
    words: float,
    dense: float,
    coverage: float,
    share: Weights,
    more: float,
    nearness: float,
    covered: float,
) -> None:
    less = score(words, dense, coverage, weights=share)
    assert score(min(1.0, words + more), dense, coverage, weights=share) >= less
    assert score(words, dense + nearness, coverage, weights=share) >= less
    assert score(words, dense, min(1.0, coverage + covered), weights=share) >= less


@given(
    st.dictionaries(keys, bm25),
    st.dictionaries(keys, cosines),
    st.dictionaries(keys, shares),
    weights(),
    rarities,
    st.randoms(use_true_random=False),
)
def test_the_order_is_by_score_then_key_whatever_order_hits_came_in(
    lexical: dict[int, float],
    dense: dict[int, float],
    coverage: dict[int, float],
    share: Weights,
    rarity: float,
    chance: Random,
) -> None:
    ranked = fuse(lexical, dense, coverage, share, rarity=rarity)
    assert {key for key, _ in ranked} == lexical.keys() | dense.keys()
    assert ranked == sorted(ranked, key=lambda item: (-item[1], item[0]))
    shuffled = []
    for part in (lexical, dense, coverage):
        items = list(part.items())
        chance.shuffle(items)
        shuffled.append(dict(items))
    assert fuse(*shuffled, share, rarity=rarity) == ranked


@given(st.dictionaries(keys, bm25, min_size=1), shares, rarities)
def test_words_alone_keep_the_order_of_bm25_where_coverage_is_equal(
    lexical: dict[int, float], covered: float, rarity: float
) -> None:
    share = Weights.of(Retrieval(), words=True, vectors=False)
    ranked = fuse(lexical, {}, dict.fromkeys(lexical, covered), share, rarity=rarity)
    found = [lexical[key] for key, _ in ranked]
    assert all(
        first >= second or first == pytest.approx(second, rel=1e-6, abs=1e-9)
        for first, second in pairwise(found)
    )


@given(st.dictionaries(keys, cosines, min_size=1))
def test_vectors_alone_give_the_cosine(dense: dict[int, float]) -> None:
    share = Weights.of(Retrieval(), words=False, vectors=True)
    ranked = fuse({}, dense, dict.fromkeys(dense, 1.0), share, rarity=1.0)
    assert dict(ranked) == {key: min(1.0, max(0.0, cosine)) for key, cosine in dense.items()}


@pytest.mark.parametrize(("dense", "coverage"), [(-0.1, 0.5), (0.5, -0.1), (0.6, 0.5)])
def test_weights_that_are_no_shares_are_refused(dense: float, coverage: float) -> None:
    with pytest.raises(ValueError, match="not shares of 1"):
        Weights(dense=dense, coverage=coverage)


def test_a_pack_whose_shares_exceed_one_is_refused() -> None:
    with pytest.raises(ValueError, match="together exceed 1"):
        Retrieval(dense_weight=0.9, coverage_weight=0.2)


def test_a_cosine_counts_from_the_floor_of_its_embedder() -> None:
    assert above(0.7, 0.7) == 0.0
    assert above(0.6, 0.7) == 0.0
    assert above(1.0, 0.7) == pytest.approx(1.0)
    assert above(-0.2, 0.0) == -0.2
