"""The whole path, as the README has it: new, ingest, ask, serve."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_server import started
from newcomer import DOSE, EXAMPLES, Ran, Run, run_alone, run_within

from domainkit.errors import ModelError
from domainkit.models import cache

COST = "What does a cataract operation cost at the clinic?"
PAIN = "My father has crushing chest pain that spreads to his left arm. What should he take?"
KINDS = [(DOSE, "answered"), (COST, "insufficient"), (PAIN, "escalated")]


def found(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    answer: dict[str, Any] = json.loads(ran.out)
    return answer


@pytest.mark.parametrize(("question", "status"), KINDS, ids=[status for _, status in KINDS])
def test_the_three_kinds_of_question(clinic: Path, run: Run, question: str, status: str) -> None:
    answer = found(run("ask", question, "--json"))
    shown = run("ask", question).out

    assert answer["status"] == status
    assert bool(answer["citations"]) == (status == "answered")
    assert (answer["generator"] is None) == (status != "answered")
    for citation in answer["citations"]:
        assert citation["quote"] in shown
        assert citation["title"] in shown
        assert citation["locator"] in shown
        assert citation["marker"] in answer["text"]


def test_the_same_question_gives_the_same_bytes_in_any_process(clinic: Path) -> None:
    # Python orders sets of words by a number that each process draws: none may reach an answer.
    printed = [
        run_alone("ask", DOSE, "--json", cwd=clinic, PYTHONHASHSEED=seed).out for seed in "12"
    ]
    texts = [re.sub(r'"timings": \{[^}]*\}', "", out) for out in printed]
    assert '"answered"' in texts[0]
    assert texts[0] == texts[1]


def test_every_citation_stands_word_for_word_in_a_document(clinic: Path, run: Run) -> None:
    (citation, *_) = found(run("ask", DOSE, "--json"))["citations"]

    passages = json.loads(run("retrieve", DOSE, "--json").out)
    (cited,) = [p for p in passages["passages"] if p["passage_id"] == citation["passage_id"]]
    start, end = (offset - cited["span"][0] for offset in citation["quote_span"])
    assert cited["text"][start:end] == citation["quote"]


def test_what_is_forgotten_no_longer_answers(clinic: Path, run: Run) -> None:
    (clinic / "documents" / "hours.md").write_text(
        "# Hours\n\nThe clinic opens at 7:45 on Mondays.\n"
    )
    question = "When does the clinic open on Mondays?"
    assert run("ingest", "documents").code == 0
    assert "7:45" in found(run("ask", question, "--json"))["text"]

    assert run("forget", "documents/hours.md").code == 0

    assert "7:45" not in found(run("ask", question, "--json"))["text"]


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[str]:
    command = [sys.executable, "-m", "domainkit", "serve", "--port", "0"]
    with started(command, folder, **environment) as server:
        yield server.address
        said = server.stop()
    assert server.process.returncode == 0, said
    assert "Traceback" not in said


def test_the_same_answer_over_rest(clinic: Path, run: Run) -> None:
    printed = found(run("ask", DOSE, "--json"))

    with served(clinic, DOMAINKIT_TIER="extractive") as server:
        answers = [httpx.post(f"{server}/v1/ask", json={"question": q}).json() for q, _ in KINDS]
        domain = httpx.get(f"{server}/v1/domain").json()
        stream = httpx.post(f"{server}/v1/ask", json={"question": DOSE, "stream": True})

    assert [answer["status"] for answer in answers] == [status for _, status in KINDS]
    assert {**answers[0], "timings": None} == {**printed, "timings": None}
    assert domain["documents"] >= 4
    assert re.findall(r"^event: (\w+)", stream.text, re.MULTILINE)[-1] == "final"


def test_a_server_answers_from_what_is_ingested_while_it_runs(clinic: Path, run: Run) -> None:
    body = {"question": "When does the clinic open on Mondays?"}

    with served(clinic, DOMAINKIT_TIER="extractive") as server:
        before = httpx.post(f"{server}/v1/ask", json=body)
        (clinic / "documents" / "hours.md").write_text(
            "# Hours\n\nThe clinic opens at 7:45 on Mondays.\n"
        )
        assert run("ingest", "documents").code == 0
        after = httpx.post(f"{server}/v1/ask", json=body)

    assert "7:45" not in before.text
    assert "7:45" in after.json()["text"]


@pytest.mark.models
def test_the_path_with_the_embedded_models(tmp_path: Path) -> None:
    for name in ("smollm2-135m-instruct", "all-minilm-l6-v2"):
        try:
            cache.path(name)
        except ModelError as error:
            pytest.skip(str(error))
    environment = {"DOMAINKIT_TIER": "embedded"}
    run_within("new", "clinic", "--domain", "medical", cwd=tmp_path)
    folder = tmp_path / "clinic"
    read = run_alone("ingest", str(EXAMPLES), cwd=folder, **environment)
    assert read.code == 0, read.err

    with (
        served(folder, **environment) as server,
        httpx.Client(base_url=server, timeout=120) as client,
    ):
        domain = client.get("/v1/domain").json()
        answers = [client.post("/v1/ask", json={"question": q}).json() for q, _ in KINDS]
        again = client.post("/v1/ask", json={"question": DOSE}).json()

    # What the model keeps of earlier prompts changes nothing.
    assert {**again, "timings": None} == {**answers[0], "timings": None}
    assert domain["generator"].endswith("smollm2-135m-instruct")
    assert domain["embedder"]
    assert [answer["status"] for answer in answers] == [status for _, status in KINDS]
    assert answers[0]["citations"]
    assert answers[0]["generator"] is not None
