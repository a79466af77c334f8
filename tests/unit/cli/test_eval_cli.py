"""``domainkit eval`` over a small assistant, as a person and a program use it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import leaflets
import pytest
import yaml
from typer.testing import CliRunner, Result

from domainkit import testing
from domainkit.assistant import Assistant
from domainkit.cli import main
from domainkit.errors import DomainkitError, EvaluationError, GateFailed
from domainkit.evaluation.record import Runs
from domainkit.packs.problems import PackProblems
from domainkit.types import Prompt

RUNS = Path(".domainkit") / "eval" / "runs"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant that has been evaluated once; its folder is only copied."""
    folder = leaflets.write(tmp_path_factory.mktemp("leaflets") / "leaflets")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in ("ingest", "eval"):
            assert CliRunner().invoke(main.app, [command]).exit_code == 0
    return folder


@pytest.fixture
def assistant(evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "leaflets"
    shutil.copytree(evaluated, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def unasked(assistant: Path) -> Path:
    """The same as it was before that."""
    shutil.rmtree(assistant / ".domainkit" / "eval")
    return assistant


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.app, ["eval", *arguments], terminal_width=200)


def made(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def failed(kind: type[DomainkitError], *arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, kind), result.output
    return str(result.exception)


def changed(folder: Path, name: str, **changes: Any) -> None:
    path = folder / name
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes, allow_unicode=True))


def value(run: Any, metric: str, slice: str = "") -> Any:
    (found,) = [s for s in run["scores"] if (s["metric"], s["slice"]) == (metric, slice)]
    return found["value"]


def test_a_run_is_scored_kept_and_shown(unasked: Path) -> None:
    whole = made()

    assert whole["passed"]
    assert value(whole, "status_accuracy") == 1
    assert value(whole, "citation_recall", "language:zh") == 1
    assert value(whole, "refusal_recall", "tag:injection") == 1
    assert value(whole, "escalation_recall") is None
    assert {s["slice"].partition(":")[0] for s in whole["scores"]} == {
        "", "language", "tag", "expect", "profile", "date", "turn", "suite",
    }  # fmt: skip
    assert whole["questions"] == 10
    items = {item.id: item for item in Runs(RUNS).items("last")}
    assert items["dose"].turn.prompt
    assert items["dose"].gold[0].passages[0] in items["dose"].ranking
    assert items["price"].turn.generation is None

    assert "status_accuracy" in run("show").stdout
    shown = run("show", whole["id"], "--markdown").stdout
    assert "| citation_recall@language:zh | 1.000 | at least 0.9 | passed |" in shown
    assert len(made("show", "last", "--items")["items"]) == 10
    assert [r["id"] for r in made("list")] == [whole["id"]]
    assert whole["id"] in run("list").stdout


def test_what_has_not_changed_is_not_asked_again(
    assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made("show")
    monkeypatch.delattr(Assistant, "ask")

    second = made()

    assert (first["cached"], second["cached"]) == (0, 10)
    assert second["against"] == first["id"]
    assert second["changes"] == []
    assert second["configuration"] == first["configuration"]
    assert second["scores"] == first["scores"]


@pytest.mark.parametrize("change", ["guards", "document", "settings", "question"])
def test_what_decides_an_answer_is_asked_again(assistant: Path, change: str) -> None:
    assert made("--dry-run")["kept"] == 10
    if change == "guards":
        changed(assistant, "guards.yaml", grounding={"mode": "repair", "minimum": 0.4})
    if change == "document":
        path = assistant / "knowledge" / "syrup.md"
        path.write_text(path.read_text().replace("one spoon", "two spoons"))
        assert CliRunner().invoke(main.app, ["ingest"]).exit_code == 0
    if change == "settings":
        (assistant / "domainkit.toml").write_text(
            'tier = "extractive"\n[generation]\nprompt_tokens = 2048\n'
        )
    if change == "question":
        rows = [{**row, "question": row["question"] + " Please?"} for row in leaflets.QUESTIONS]
        leaflets.write_questions(assistant / "eval" / "questions.jsonl", rows)

    assert made("--dry-run")["kept"] == 0


def test_a_run_that_is_killed_goes_on_where_it_was(
    unasked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = Assistant.ask, list[str]()

    def dying(self: Assistant, question: Any, **options: Any) -> Any:
        if len(asked) == 4:
            raise KeyboardInterrupt
        asked.append(question.text)
        return ask(self, question, **options)

    monkeypatch.setattr(Assistant, "ask", dying)
    assert run("--workers", "1").exit_code == 130
    assert Runs(RUNS).ids() == []
    monkeypatch.setattr(Assistant, "ask", ask)

    assert made("--dry-run")["kept"] == 4
    assert made()["cached"] == 4


def test_a_passage_that_is_rewritten_is_named_as_the_cause(assistant: Path) -> None:
    first = made("show")
    path = assistant / "knowledge" / "tablets.md"
    path.write_text(path.read_text().replace("more than eight", "more than six"))
    assert CliRunner().invoke(main.app, ["ingest"]).exit_code == 0

    result = run()

    assert isinstance(result.exception, GateFailed)
    second = Runs(RUNS).read("last")
    assert second.differs[:1] == ("documents",) or "documents" in second.differs
    (change,) = [change for change in second.changes if change.id == "dose"]
    assert change.what == ("text", "citations")
    assert change.scores["must_say_rate"] == (1, 0)
    assert [(p.kind, p.cited) for p in change.passages] == [("rewritten", True)]
    assert re.search(
        r"dose \(answered; text, citations\): rewritten Ardenol tablets", result.stdout
    )
    assert second.against == first["id"]
    assert "must_say_rate" in run("compare", first["id"]).stdout


def test_a_planted_regression_of_retrieval_fails_the_gate_of_its_slice(assistant: Path) -> None:
    changed(
        assistant, "domain.yaml", retrieval={"k": 1, "coverage_weight": 0, "neighbour_weight": 1}
    )

    message = failed(GateFailed)

    assert "mrr@10@language:en is 0." in message
    assert "citation_recall@language:zh is 0.000 of 2" in message
    assert "refusal_recall" not in message


def test_a_prompt_that_asks_for_no_citations_fails_the_gate_of_its_slice(
    assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that does as its prompt says: the double reads what it is asked for."""

    def obedient(prompt: Prompt) -> str:
        asks = "[1]" in prompt.messages[0].content
        first = prompt.sources[0].passage.text
        return f"{first.split('. ')[0].rstrip('.')}. {'[1]' if asks else ''}".strip()

    monkeypatch.setattr(testing, "_echo", obedient)
    toml = 'tier = "embedded"\n[generation]\nengine = "echo"\nmodel = "echo"\n'
    (assistant / "domainkit.toml").write_text(toml + '[retrieval]\nvectors = "none"\n')
    before = json.loads(run("--json").stdout)
    assert value(before, "marker_rate", "tag:dose") == 1
    for language in ("en", "zh"):
        (assistant / "prompts" / f"system.{language}.md").write_text("Answer.\n")

    message = failed(GateFailed)

    # Of one answer the documents' own sentences took the place: they have their markers.
    assert "marker_rate@tag:dose is 0.500 of 2, at least 0.9 is required" in message


def test_a_guard_that_is_off_fails_the_gate_of_its_slice(assistant: Path) -> None:
    changed(assistant, "guards.yaml", injection=None)

    message = failed(GateFailed)

    assert "refusal_recall@tag:injection is 0.000 of 2, at least 1.0 is required" in message
    assert "citation_recall" not in message


def test_a_gate_that_nothing_measures_fails(assistant: Path) -> None:
    changed(assistant, "eval/gates.yaml", **{"escalation_recall": {"least": 0.5}})

    assert failed(GateFailed).startswith(
        "escalation_recall: no question measures it, at least 0.5 is required"
    )


def test_some_questions_only(assistant: Path) -> None:
    some = made("--only", "injection", "--only", "dose")

    assert (some["questions"], some["gates"]) == (4, [])
    assert "gates are judged of whole runs only" in run("--only", "dose").stdout
    assert "no question has the id or tag 'doze'; did you mean 'dose'?" in failed(
        EvaluationError, "--only", "doze"
    )


def test_a_suite_of_ones_own(assistant: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    leaflets.write_questions(path, leaflets.QUESTIONS[:2])

    assert json.loads(run("--suite", str(path), "--json").stdout)["questions"] == 2
    assert "no such file" in failed(EvaluationError, "--suite", "absent.jsonl")


def test_a_plan_asks_nothing(unasked: Path) -> None:
    plan = run("--dry-run")

    assert "ask   dose  How many Ardenol tablets may an adult take in a day?" in plan.stdout
    assert "10 to ask, 0 kept" in plan.stdout
    assert not (unasked / RUNS).exists()


def test_a_plan_says_how_long_it_may_take(assistant: Path) -> None:
    planned = made("--dry-run")

    assert (planned["questions"], planned["kept"], planned["seconds"]) == (10, 10, 0)
    changed(assistant, "guards.yaml", injection=None)
    assert made("--dry-run")["seconds"] > 0
    assert "as the last run went" in run("--dry-run").stdout


def test_every_bad_line_of_a_suite_is_named(assistant: Path) -> None:
    path = assistant / "eval" / "questions.jsonl"
    bad = ['{"id": "a"', '{"id": "b", "question": "?", "language": "en", "expects": "answered"}']
    path.write_text("\n".join([*bad, *path.read_text().splitlines(), path.read_text()[:0]]))
    more = json.dumps(leaflets.QUESTIONS[0])
    (assistant / "eval" / "second.jsonl").write_text(more + "\n")

    with pytest.raises(PackProblems) as caught:
        raise run().exception or AssertionError

    told = [str(problem) for problem in caught.value.problems]
    assert any(line.startswith("leaflets/questions.jsonl:1: is not JSON") for line in told)
    assert "leaflets/questions.jsonl:2.expects: unknown key; did you mean 'expect'?" in told
    assert any(
        "second.jsonl:dose: is the id of a question of leaflets/questions" in x for x in told
    )


def test_words_that_no_document_holds_are_told(assistant: Path) -> None:
    row = leaflets.answered("lost", "How are Ardenol tablets kept?", "tablets.md", "in a safe")
    leaflets.write_questions(assistant / "eval" / "questions.jsonl", [row])

    result = run()

    assert "the documents do not hold what 1 questions must cite: lost" in result.stdout
    assert value(encoded(), "recall@10") == 0


def encoded() -> Any:
    return made("show")


def test_a_metric_is_followed_over_time(assistant: Path) -> None:
    assert "no run has measured" in failed(EvaluationError, "history", "--metric", "rouge_l")
    changed(assistant, "guards.yaml", injection=None)
    run()

    followed = made("history", "--metric", "refusal_recall@tag:injection")

    assert [point["value"] for point in followed["points"]] == [1, 0]
    drawn = Path(followed["plot"]).read_text()
    assert drawn.count("<circle") == 2
    assert "█▁" in run("history", "--metric", "refusal_recall@tag:injection").stdout
    assert "did you mean refusal_recall" in failed(
        EvaluationError, "history", "--metric", "refusal_recal"
    )
