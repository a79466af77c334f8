from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domainkit.packs.merge import Layer, merge

NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(0, 3), st.lists(st.integers(0, 3), max_size=2)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
CONTENT = st.dictionaries(NAMES, VALUES, max_size=4)


def layer(name: str, values: dict[str, Any]) -> Layer:
    return Layer(name, f"{name}/domain.yaml", values)


def leaves(value: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if isinstance(value, dict) and value:
        return {k: v for name in value for k, v in leaves(value[name], (*at, name)).items()}
    return {at: value} if at else {}


@given(CONTENT, CONTENT, CONTENT)
def test_every_leaf_has_one_origin_and_nothing_else_has(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    merged = merge([layer("one", one), layer("two", two), layer("three", three)])
    assert set(merged.origins) == set(leaves(merged.values))


@given(CONTENT, CONTENT)
def test_no_null_survives_and_the_nearest_value_wins(
    near: dict[str, Any], far: dict[str, Any]
) -> None:
    merged = merge([layer("near", near), layer("far", far)])
    result = leaves(merged.values)
    assert None not in result.values()
    for key, value in leaves(near).items():
        if value is None:
            assert all(known[: len(key)] != key for known in result)
        elif value != {}:
            assert result[key] == value
            assert merged.origins[key].pack == "near"


@given(CONTENT)
def test_laying_a_file_over_itself_changes_nothing(values: dict[str, Any]) -> None:
    once = merge([layer("one", values)]).values
    assert merge([layer("one", values), layer("two", values)]).values == once
