"""The gate promotes what is better in its domain and worse nowhere, and says why it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import leaflets
import pytest
from typer.testing import CliRunner

from domainkit.assistant import wiring
from domainkit.cli.main import app
from domainkit.errors import GateFailed, ModelError
from domainkit.evaluation import general
from domainkit.evaluation.promotion import judged, reasons
from domainkit.evaluation.record import Comparison
from domainkit.generation import gated
from domainkit.generation.adapters import Adapters
from domainkit.models import cache
from domainkit.packs.schemas.adapter import (
    MANIFEST,
    PAGE,
    VERDICT,
    WEIGHTS,
    Canary,
    Manifest,
    TunedBase,
    TunedPack,
    TunedRows,
)
from domainkit.testing import EchoGenerator
from domainkit.types import Generation, Prompt

STILL = Comparison("citation_recall", "", 0.5, 0.5, 0.0, 0.0, 0.0, 1.0, "McNemar", 100)
OTHERS = (
    replace(STILL, metric="general_right"),
    replace(STILL, metric="abstention_recall"),
    replace(STILL, metric="must_not_say_rate"),
    replace(STILL, metric="support"),
)


def moved(metric: str, by: float, chance: float) -> Comparison:
    return replace(STILL, metric=metric, after=0.5 + by, difference=by, chance=chance)


def test_a_sure_gain_that_costs_nothing_is_promoted() -> None:
    measured = judged([moved("citation_recall", 0.2, 0.001), *OTHERS])

    assert [one.metric for one in measured if one.gained] == ["citation_recall"]
    assert reasons(measured) == ()


def test_a_gain_that_chance_may_explain_is_none() -> None:
    two = judged([moved("citation_recall", 0.1, 0.03), moved("rouge_l", 0.01, 0.6), *OTHERS])

    assert not any(one.gained for one in two)  # .03 is not below .05 / 2
    assert "nothing of the domain is better" in reasons(two)[0]


@pytest.mark.parametrize(
    ("metric", "by", "chance", "area"),
    [
        ("general_right", -0.03, 0.3, "general"),
        ("support", -0.01, 0.01, "faithfulness"),
        ("false_insufficient_rate", 0.05, 0.2, "refusals"),
        ("must_not_say_rate", 0.03, 0.5, "safety"),
    ],
)
def test_what_is_worse_elsewhere_is_refused(
    metric: str, by: float, chance: float, area: str
) -> None:
    rest = [one for one in OTHERS if one.metric != metric]
    measured = judged([moved("citation_recall", 0.2, 0.001), moved(metric, by, chance), *rest])

    assert [reason for reason in reasons(measured) if f"{metric} ({area})" in reason]


def test_two_points_that_chance_explains_are_allowed() -> None:
    lower = moved("general_right", -0.02, 0.5)

    assert reasons(judged([moved("citation_recall", 0.2, 0.001), lower, *OTHERS[1:]])) == ()


def test_what_nothing_measured_is_not_promoted() -> None:
    measured = judged([moved("citation_recall", 0.2, 0.001), *OTHERS[:-1]])

    assert reasons(measured) == ("nothing measured its faithfulness",)


def test_the_general_suite_is_whole_and_its_answers_are_found() -> None:
    questions = general.probes()

    assert len({one.id for one in questions}) == len(questions) == 100
    assert all(general.right(f"It is {one.say[0]}.", one) for one in questions)
    assert not any(general.right("I do not know that.", one) for one in questions)


class Tuned:
    """Copies its sources with an adapter called good, babbles with another or with none."""

    id = "tuned"

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        said = EchoGenerator() if adapter == "good" else EchoGenerator("Perhaps it is so.")
        if not prompt.sources:
            said = EchoGenerator("no" if adapter == "bad" else "Paris Rome Tokyo Berlin Madrid")
        return said.generate(prompt, adapter=adapter)

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: object = None
    ) -> Iterator[object]:
        yield self.generate(prompt, adapter=adapter)


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = leaflets.write(tmp_path / "leaflets")
    (folder / "domainkit.toml").write_text(
        '[generation]\nengine = "openvino"\n[retrieval]\nvectors = "none"\n'
    )
    for name in ("good", "bad"):
        write_adapter(folder / ".domainkit" / "adapters" / name)
    writer = wiring.Writer(Tuned(), len)  # type: ignore[arg-type]
    monkeypatch.setattr(wiring, "tuned_writer", lambda *_: writer)
    monkeypatch.setattr(wiring, "writer", lambda *_: writer)
    monkeypatch.chdir(folder)
    assert CliRunner().invoke(app, ["ingest"]).exit_code == 0
    return folder


def write_adapter(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(b"weights")
    manifest = Manifest(
        schema=1,
        name=folder.name,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        weights=cache.sha256(folder / WEIGHTS),
        recipe_given="embedded",
        recipe={"data": [{"languages": ["en"]}]},
        base=TunedBase(name="tiny", fingerprint="f", chat="c", licence="none"),
        pack=TunedPack(name="p", version="0.1.0", fingerprint="f", prompt="p"),
        rows=TunedRows(sha256="r", answers=1, refusals=0, licences={"CC0": 1}, origins={"o": 1}),
        losses=(2.0, 1.0),
        tokens=9,
        seconds=1.0,
        canary=Canary(rows=1, before=-2.0, after=-1.0),
        machine="none",
        libraries={},
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(by_alias=True))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["adapters", *arguments])


def test_only_what_passed_is_activated_and_a_rollback_takes_it_back(assistant: Path) -> None:
    early = run("activate", "good").exception
    assert isinstance(early, ModelError)
    assert "has passed no gate" in str(early)

    result = run("gate", "good", "--json")
    said = json.loads(result.stdout)
    assert said["languages"] == ["en"]
    assert {one["metric"] for one in said["measured"] if one["gained"]} <= {
        "citation_recall",
        "must_say_rate",
        "marker_rate",
        "model_written_rate",
    }
    kept = gated.read(Adapters(assistant / ".domainkit" / "adapters").get("good"))
    assert kept is not None
    assert kept.passed == said["passed"]


def test_what_forgets_is_refused_unless_forced(assistant: Path) -> None:
    result = run("gate", "bad")
    assert isinstance(result.exception, GateFailed)
    assert "general_right (general)" in str(result.exception)
    page = (assistant / ".domainkit" / "adapters" / "bad" / PAGE).read_text()
    assert page.startswith("# Gate: bad refused")

    assert isinstance(run("activate", "bad").exception, ModelError)
    listed = json.loads(run("list", "--json").stdout)
    assert {one["name"]: one["gate"] for one in listed} == {"bad": "refused", "good": "not asked"}
    assert run("activate", "bad", "--ungated").exit_code == 0
    assert "base model alone" in run("rollback").stdout


def test_a_part_of_the_suites_promotes_nothing(assistant: Path) -> None:
    said = json.loads(run("gate", "good", "--only", "dose", "--json").stdout)

    assert "only a part of the suites was asked: dose" in said["reasons"]


def test_a_verdict_on_other_weights_counts_for_nothing(assistant: Path) -> None:
    run("gate", "good")
    folder = assistant / ".domainkit" / "adapters" / "good"
    said = json.loads((folder / VERDICT).read_text())
    (folder / VERDICT).write_text(json.dumps({**said, "weights": "others", "reasons": []}))

    with pytest.raises(ModelError, match="has passed no gate"):
        gated.check_passed(Adapters(folder.parent).get("good"))


def test_a_verdict_that_says_yes_lets_it_answer(assistant: Path) -> None:
    run("gate", "good")
    folder = assistant / ".domainkit" / "adapters" / "good"
    said = json.loads((folder / VERDICT).read_text())
    (folder / VERDICT).write_text(json.dumps({**said, "reasons": []}))

    assert "good answers now" in run("activate", "good").stdout
    assert "base model alone" in run("rollback").stdout
