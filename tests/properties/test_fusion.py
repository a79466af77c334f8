"""A fused score lies in [0, 1], rises with each of its parts, and orders the same every time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.fusion import Weights, fuse, parts, score

bm25 = st.floats(0, 500, allow_nan=False)
cosines = st.floats(-1.001, 1.001, allow_nan=False)
shares = st.floats(0, 1, allow_nan=False)
keys = st.integers(1, 60)


@st.composite
def weights(draw: st.DrawFn) -> Weights:
    dense = draw(shares)
    return Weights(dense=dense, coverage=draw(st.floats(0, 1 - dense)))


@given(bm25, cosines, shares, weights())
def test_the_score_lies_between_zero_and_one(
    lexical: float, dense: float, coverage: float, share: Weights
) -> None:
    assert 0.0 <= score(lexical, dense, coverage, weights=share) <= 1.0


@given(bm25, cosines, shares, weights(), bm25, st.floats(0, 2), shares)
def test_more_of_any_part_never_lowers_the_score(
    lexical: float,
    dense: float,
    coverage: float,
    share: Weights,
    words: float,
    nearness: float,
    covered: float,
) -> None:
    less = score(lexical, dense, coverage, weights=share)
    assert score(lexical + words, dense, coverage, weights=share) >= less
    assert score(lexical, dense + nearness, coverage, weights=share) >= less
    assert score(lexical, dense, min(1.0, coverage + covered), weights=share) >= less


@given(bm25, cosines, shares, weights())
def test_the_parts_add_up_to_the_score(
    lexical: float, dense: float, coverage: float, share: Weights
) -> None:
    added = sum(parts(lexical, dense, coverage, weights=share).values())
    assert score(lexical, dense, coverage, weights=share) == pytest.approx(added)


@given(
    st.dictionaries(keys, bm25),
    st.dictionaries(keys, cosines),
    st.dictionaries(keys, shares),
    weights(),
    st.randoms(use_true_random=False),
)
def test_the_order_is_by_score_then_key_whatever_order_hits_came_in(
    lexical: dict[int, float],
    dense: dict[int, float],
    coverage: dict[int, float],
    share: Weights,
    chance: object,
) -> None:
    ranked = fuse(lexical, dense, coverage, share)
    assert {key for key, _ in ranked} == lexical.keys() | dense.keys()
    assert ranked == sorted(ranked, key=lambda item: (-item[1], item[0]))
    shuffled = []
    for part in (lexical, dense, coverage):
        items = list(part.items())
        chance.shuffle(items)  # type: ignore[attr-defined]
        shuffled.append(dict(items))
    assert fuse(*shuffled, share) == ranked


@given(st.dictionaries(keys, bm25, min_size=1), shares)
def test_words_alone_keep_the_order_of_bm25_where_coverage_is_equal(
    lexical: dict[int, float], covered: float
) -> None:
    share = Weights.of(Retrieval(), words=True, vectors=False)
    ranked = fuse(lexical, {}, dict.fromkeys(lexical, covered), share)
    found = [lexical[key] for key, _ in ranked]
    assert all(
        first >= second or first == pytest.approx(second, rel=1e-9, abs=1e-9)
        for first, second in pairwise(found)
    )


@given(st.dictionaries(keys, cosines, min_size=1))
def test_vectors_alone_give_the_cosine(dense: dict[int, float]) -> None:
    share = Weights.of(Retrieval(), words=False, vectors=True)
    ranked = fuse({}, dense, dict.fromkeys(dense, 1.0), share)
    assert dict(ranked) == {key: min(1.0, max(0.0, cosine)) for key, cosine in dense.items()}


@pytest.mark.parametrize(("dense", "coverage"), [(-0.1, 0.5), (0.5, -0.1), (0.6, 0.5)])
def test_weights_that_are_no_shares_are_refused(dense: float, coverage: float) -> None:
    with pytest.raises(ValueError, match="not shares of 1"):
        Weights(dense=dense, coverage=coverage)


def test_a_pack_whose_shares_exceed_one_is_refused() -> None:
    with pytest.raises(ValueError, match="together exceed 1"):
        Retrieval(dense_weight=0.9, coverage_weight=0.2)
