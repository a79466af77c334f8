from __future__ import annotations

from domainkit.packs.merge import Layer, merge

PARENT = Layer(
    "parent",
    "parent/domain.yaml",
    {"scope": {"in": ["a", "b"], "audience": "all"}, "knowledge": {"x": {"path": "x"}}, "k": 5},
)


def child(values: dict[str, object]) -> Layer:
    return Layer("child", "child/domain.yaml", values)


def test_mappings_merge_by_key_and_lists_are_replaced() -> None:
    merged = merge([child({"scope": {"in": ["c"]}, "knowledge": {"y": {"path": "y"}}}), PARENT])
    assert merged.values == {
        "scope": {"in": ["c"], "audience": "all"},
        "knowledge": {"x": {"path": "x"}, "y": {"path": "y"}},
        "k": 5,
    }


def test_each_leaf_knows_who_set_it() -> None:
    merged = merge([child({"scope": {"in": ["c"]}}), PARENT])
    assert {key: layer.pack for key, layer in merged.origins.items()} == {
        ("scope", "in"): "child",
        ("scope", "audience"): "parent",
        ("knowledge", "x", "path"): "parent",
        ("k",): "parent",
    }


def test_null_removes_a_value_a_branch_and_everything_known_of_it() -> None:
    merged = merge([child({"k": None, "knowledge": {"x": None}, "scope": None}), PARENT])
    assert merged.values == {"knowledge": {}}
    assert set(merged.origins) == {("knowledge",)}


def test_null_for_what_no_parent_has_is_nothing() -> None:
    assert merge([child({"nothing": None, "deep": {"er": None}}), PARENT]).values == {
        **PARENT.values,
        "deep": {},
    }


def test_a_value_replaces_a_mapping_and_a_mapping_a_value() -> None:
    merged = merge([child({"scope": "short", "k": {"deep": 1}}), PARENT])
    assert merged.values["scope"] == "short"
    assert merged.values["k"] == {"deep": 1}
    assert ("scope", "in") not in merged.origins
    assert ("k",) not in merged.origins


def test_merging_changes_no_layer() -> None:
    before = {"scope": {"in": ["a", "b"], "audience": "all"}}
    parent = Layer("parent", "p", before)
    merge([child({"scope": {"audience": "few"}}), parent]).values["scope"]["in"] = []
    assert before == {"scope": {"in": ["a", "b"], "audience": "all"}}


def test_the_origin_of_a_key_nobody_set_is_that_of_what_stands_around_it() -> None:
    merged = merge([child({"scope": {"in": ["c"]}}), PARENT])
    assert merged.origin(("knowledge", "x", "licence")) is PARENT
    assert merged.origin(("scope", "in", 0)).pack == "child"  # type: ignore[union-attr]
    assert merged.origin(("version",)) is None
