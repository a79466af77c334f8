"""Curves of benchmarks are well-formed and stand where their shares say."""

from __future__ import annotations

from curves import curves
from defusedxml import ElementTree

PATH = "{http://www.w3.org/2000/svg}path"


def test_a_curve_goes_through_its_points() -> None:
    named = {"a<b": [(0.0, 0.0), (1.0, 1.0)], "c": [(0.5, 0.5)], "none": []}
    drawn = ElementTree.fromstring(curves(named, across="coverage", up="risk"))
    paths = [path.attrib["d"] for path in drawn.iter(PATH) if "fill" in path.attrib]
    assert paths == ["M60.0 380.0L660.0 60.0", "M360.0 220.0"]
    texts = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a<b", "c", "none", "coverage", "risk"} <= set(texts)
