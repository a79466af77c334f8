"""Plots of benchmarks are well-formed; better points stand higher, slower ones further right."""

from __future__ import annotations

from defusedxml import ElementTree
from scatter import Point, scatter

CIRCLE = "{http://www.w3.org/2000/svg}circle"


def test_points_stand_where_their_measures_say() -> None:
    fast, slow = Point("a<b", "lexical", 1.0, 0.5), Point("c", "hybrid", 10.0, 0.9)
    drawn = ElementTree.fromstring(scatter([fast, slow], across="ms", up="nDCG"))
    first, second = drawn.iter(CIRCLE)
    assert float(first.attrib["cx"]) < float(second.attrib["cx"])
    assert float(first.attrib["cy"]) > float(second.attrib["cy"])
    assert first.attrib["fill"] != second.attrib["fill"]


def test_nothing_measured_draws_the_axes_alone() -> None:
    drawn = ElementTree.fromstring(scatter([], across="ms", up="nDCG"))
    assert not list(drawn.iter(CIRCLE))
