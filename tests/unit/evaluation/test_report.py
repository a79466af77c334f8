"""The report says what failed and with what limits, and takes no words for its own."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from evaluation_runs import item, items, run

from domainkit.evaluation.comparison import compare
from domainkit.evaluation.record import Score
from domainkit.evaluation.report import findings, plots, sections
from domainkit.evaluation.report.page import Reported, page


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.tags


def test_hostile_words_stay_words_and_nothing_is_loaded() -> None:
    html = page(Reported(run(), items()), Reported(run(id="before"), items()))
    html.encode("utf-8", "replace")
    found = tags(html)
    names = [tag for tag, _ in found]
    assert names.count("script") == names.count("style") == 1
    assert not {"img", "iframe", "link", "object", "form", "base"} & set(names)
    assert all(not name.startswith("on") for _, given in found for name in given)
    assert all("style" not in given and "src" not in given for _, given in found)
    links = [given["href"] for tag, given in found if tag == "a"]
    assert links
    assert all(str(link).startswith("#") for link in links)
    assert "\x00" not in html
    assert "\x1b" not in html


def test_the_policy_names_the_pages_own_style_and_script_alone() -> None:
    html = page(Reported(run(), items()))
    policy = next(g["content"] for t, g in tags(html) if t == "meta" and "http-equiv" in g) or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_first_screen_says_what_failed_and_what_it_cannot_say() -> None:
    html = page(Reported(run(), items()))
    first = html[html.index("<header>") : html.index("<h2>Gates")]
    assert "FAILED: 2 of 3 gates" in first
    assert "2 answers that may do harm" not in first  # a missed emergency, two contradicted
    assert "Emergencies that were not escalated" in first
    assert "status_accuracy is 0.660 of 3; at least 0.9 is required" in first
    assert "no question measures it" in first
    assert "One thing was left out." in first
    assert "Not tested, for no question expects it: a refusal" in first
    assert "No question measures label_accuracy." in first


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gates": ()}, "No gates are set"),
        ({"partial": ("dose",)}, "Partial run: no gate was judged"),
        ({"gates": run().gates[1:2]}, "All 1 gates passed"),
    ],
)
def test_what_was_judged_is_said(changes: dict[str, object], said: str) -> None:
    assert said in page(Reported(run(**changes), items()))


def test_claims_are_told_by_more_than_colour() -> None:
    html = page(Reported(run(), [item("q")]))
    assert '<span class="claim supported" title="supported">Two.<sup aria-hidden="true">✓' in html
    assert "(contradicted by the source: figures)" in html
    assert '<li><span class="claim unsupported"' in html


def test_every_way_to_be_wrong_is_found_once() -> None:
    made = [
        item("emergency", expect="escalated"),
        item("refuse", expect="refused"),
        item("absent", expect="insufficient"),
        item("refused", "refused"),
        item("lacking", "insufficient"),
        item("asked", "clarify"),
    ]
    found = {f.kind.id: f.items for f in findings.findings(made)}
    assert found["missed-emergency"] == ("emergency",)
    assert found["not-refused"] == ("refuse",)
    assert found["not-said"] == ("absent",)
    assert found["false-refusal"] == ("refused",)
    assert found["false-insufficient"] == ("lacking",)
    assert found["other-status"] == ("asked",)
    assert set(found["contradicted"]) == {"emergency", "refuse", "absent"}
    said = item("q")
    for metric, kind in (
        ("must_say_rate", "words-missing"),
        ("citation_recall", "wrong-source"),
        ("label_accuracy", "wrong-label"),
    ):
        assert kind in findings.kinds(replace(said, scores={metric: 0.0}))
    assert "forbidden-words" in findings.kinds(replace(said, scores={"must_not_say_rate": 1.0}))


def test_two_runs_stand_side_by_side() -> None:
    ours = [replace(one, scores={"support": 1.0, "answer_risk": 1.0}) for one in many()]
    theirs = [replace(one, scores={"support": 0.0, "answer_risk": 0.0}) for one in many()]
    refused = item("x", "refused").turn.answer
    theirs[0] = replace(theirs[0], turn=replace(theirs[0].turn, answer=refused))
    support, risk = (one for one in compare(theirs, ours) if not one.slice)
    assert (sections.verdict(support), sections.verdict(risk)) == ("better", "worse")
    assert {sections.verdict(one) for one in compare(ours, ours)} == {"alike"}
    before = run(id="before", scores=(Score("support", "", 0.0, 12, 0.0, 0.3),))
    now = run(scores=(Score("support", "", 1.0, 12, 0.7, 1.0),))
    html = page(Reported(now, ours), Reported(before, theirs))
    assert html.count('<span class="tag">changed</span>') == 1
    assert '<span class="ok">better</span> +1.000' in html
    assert "<b>Changed</b>: status" in html
    assert "Slices that moved" in html
    assert "Answer of before" in html


def many() -> list:
    return [item(f"q{number}") for number in range(12)]


def test_plots_hold_their_numbers_and_survive_none() -> None:
    empty = plots.Series("run", ())
    for svg in (plots.risk([empty]), plots.reliability([empty])):
        assert "NaN" not in svg
    assert "Nothing to show" in plots.bars([], title="x")
    svg = plots.risk([plots.Series("run", ((0.5, 0.0), (1.0, 0.3)))])
    assert re.search(r"coverage 1.00 risk 0.30", svg)
    points = plots.Series("run", ((0.5, 1.0),))
    assert "all: 0.50, 1.00" in plots.scatter([(points, ["all"])], x="seconds", y="worth")
