"""``domainkit eval draft`` and ``review``: from documents to judged questions, by a person."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from domainkit.assistant import Assistant, wiring
from domainkit.cli.eval import app
from domainkit.cli.eval_review import Desk
from domainkit.errors import EvaluationError
from domainkit.packs import loader, scaffold
from domainkit.server.local_page import LocalPage
from domainkit.server.review_page import ReviewPage
from domainkit.testing import EchoGenerator

HANDBOOK = """# Handbook

## Who approves leave?

The head of the department approves leave in writing.

## Leave in a year

There are **25 days** of leave in a year of work.

## Notices <script>alert(1)</script>

Whoever leaves gives notice in writing & in person to the office.
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    planned = scaffold.plan("office", domain="legal", language="en", base=tmp_path)
    scaffold.write(planned)
    (planned.folder / "documents" / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    assistant = Assistant.open(planned.folder)
    assistant.ingest([planned.folder / "documents"])
    assistant.close()
    return planned.folder


def run(folder: Path, *arguments: str, keys: str = "") -> Any:
    given = [*arguments, "--assistant", str(folder), "--json"]
    result = CliRunner().invoke(app, given, input=keys, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def suite(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "eval" / "drafted.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_drafting_goes_on_where_it_stopped(folder: Path) -> None:
    first = run(folder, "draft", "--most", "2")["drafts"]
    then = run(folder, "draft")
    asked = [draft["question"] for draft in (*first, *then["drafts"])]
    assert "Who approves leave?" in asked
    assert len(first) == 2
    assert len(set(asked)) == len(asked) == then["waiting"]
    assert run(folder, "draft")["drafts"] == []
    assert run(folder, "draft", "--anew")["waiting"] == len(asked)


def test_what_is_accepted_is_judged_by_and_what_is_rejected_stays_away(folder: Path) -> None:
    made = run(folder, "draft")["waiting"]
    summary = run(folder, "review", keys="areHow may one give notice?\n")
    assert (summary["accepted"], summary["rejected"]) == (2, 1)
    rows = suite(folder)
    assert rows[-1]["question"] == "How may one give notice?"
    assert "edited and taken" in rows[-1]["note"]
    assert all("drafted" in row["tags"] and row["must_cite"] for row in rows)
    assert loader.load(folder)
    assert run(folder, "draft")["drafts"] == []
    assert run(folder, "review", keys="q")["waiting"] == made - 3


def test_words_that_are_set_in_bold_are_cited_by_their_place(folder: Path) -> None:
    run(folder, "draft")
    run(folder, "review", keys="a" * 9)
    cited = {
        row["must_cite"][0].get("quote") or row["must_cite"][0]["locator"] for row in suite(folder)
    }
    assert "Leave in a year" in cited
    assert "The head of the department approves leave in writing." in cited


def test_a_question_is_not_taken_twice(folder: Path) -> None:
    run(folder, "draft")
    assistant = Assistant.open(folder)
    desk = Desk(assistant)
    first, second = desk.waiting()[:2]
    desk.decide(first.id, "accept")
    with pytest.raises(EvaluationError, match="judged by, or trained on, already"):
        desk.decide(second.id, "accept", first.question.upper())
    assistant.close()


def test_a_model_is_asked_for_only_where_there_is_one(folder: Path) -> None:
    failed = CliRunner().invoke(app, ["draft", "--model", "--assistant", str(folder)]).exception
    assert isinstance(failed, EvaluationError)
    assert "no model can write questions" in str(failed)


def test_a_models_question_comes_before_the_rules(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = EchoGenerator("Who says when one may be away?")
    writer = SimpleNamespace(generator=says, is_extractive=False)
    monkeypatch.setattr(wiring, "writer", lambda *_: writer)
    made = run(folder, "draft", "--model", "--most", "1")["drafts"]
    assert [(one["origin"], one["question"]) for one in made] == [
        ("model", "Who says when one may be away?")
    ]


def test_a_damaged_draft_is_named(folder: Path) -> None:
    run(folder, "draft")
    path = folder / ".domainkit" / "eval" / "drafts.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    failed = CliRunner().invoke(app, ["draft", "--assistant", str(folder)]).exception
    assert isinstance(failed, EvaluationError)
    assert "not a draft" in str(failed)


@pytest.fixture
def served(folder: Path) -> Any:
    run(folder, "draft")
    assistant = Assistant.open(folder)
    desk = Desk(assistant)
    page = LocalPage(ReviewPage(desk.waiting, desk.decide))
    thread = threading.Thread(target=page.run, args=(lambda _: None,), daemon=True)
    thread.start()
    yield desk, page.url, thread
    if thread.is_alive():
        for draft in desk.waiting():
            desk.decide(draft.id, "skip")
        with suppress(httpx.TransportError):  # it may have ended meanwhile: none is waiting
            httpx.get(page.url)
        thread.join(5)
    assert not thread.is_alive()
    assistant.close()


def test_the_page_takes_decisions_and_ends_with_the_last(served: Any, folder: Path) -> None:
    desk, url, thread = served
    origin = {"Origin": url.split("/", 3)[0] + "//" + url.split("/")[2]}
    while waiting := desk.waiting():
        shown = httpx.get(url)
        assert waiting[0].locator.split(" <")[0] in shown.text
        assert "<script>alert" not in shown.text
        form = {"id": waiting[0].id, "action": "accept", "question": waiting[0].question}
        assert httpx.post(url, data=form, headers=origin).status_code == 303
    assert "That is all" in httpx.get(url).text
    thread.join(5)
    assert not thread.is_alive()
    assert len(suite(folder)) >= 3


def test_the_page_is_for_whoever_knows_its_address_and_comes_from_it(served: Any) -> None:
    desk, url, _ = served
    origin = url.split("/", 3)[0] + "//" + url.split("/")[2]
    form = {"id": desk.waiting()[0].id, "action": "accept"}
    before = len(desk.waiting())
    good: Callable[..., httpx.Response] = httpx.post
    assert httpx.get(origin + "/").status_code == 404
    assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 404
    assert good(url, data=form).status_code == 403
    assert good(url, data=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert good(url, json=form, headers={"Origin": origin}).status_code == 400
    many = {**form, "question": "x" * 200_000}
    assert good(url, data=many, headers={"Origin": origin}).status_code == 413
    stale = {"id": "draft-of-another", "action": "accept"}
    assert good(url, data=stale, headers={"Origin": origin}).status_code == 303
    assert len(desk.waiting()) == before
    policy = httpx.get(url).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
