"""Every endpoint through a real server: what it answers, and what reaches the assistant."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import pytest
from fake_assistant import FakeAssistant, answered, outcome
from live_server import events

from domainkit import __version__
from domainkit.assistant import project
from domainkit.server import examples
from domainkit.server.schemas import (
    AnswerOut,
    AskIn,
    DomainOut,
    HealthOut,
    RetrievedOut,
    RetrieveIn,
)
from domainkit.types import Message, Question

STATUSES = ("answered", "insufficient", "clarify", "refused", "escalated")


def test_an_answer_is_the_projection_the_command_line_prints(client: httpx.Client) -> None:
    response = client.post("/v1/ask", json={"question": "How many?"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == project(answered(Question("How many?")))


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_of_an_answer_is_a_200_that_fits_the_schema(
    assistant: FakeAssistant, client: httpx.Client, status: str
) -> None:
    assistant.turn = answered if status == "answered" else outcome(status)

    response = client.post("/v1/ask", json={"question": "How many?"})

    assert response.status_code == 200
    assert AnswerOut.model_validate(response.json()).status == status


def test_all_of_a_question_reaches_the_assistant(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    body = {
        "question": "还有呢？",
        "history": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        "as_of": "2024-02-29",
        "jurisdiction": "CN",
        "k": 7,
        "adapter": "v2.1",
    }

    response = client.post("/v1/ask", json=body)

    history = (Message("user", "a"), Message("assistant", "b"))
    asked = Question("还有呢？", history, date(2024, 2, 29), "CN")
    assert assistant.asked == [(asked, 7, "v2.1")]
    assert response.json()["adapter"] == "v2.1"


def test_retrieve_gives_passages_with_every_score(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    response = client.post("/v1/retrieve", json={"question": "dose", "k": 3})

    found = RetrievedOut.model_validate(response.json()).passages
    assert response.status_code == 200
    assert [(p.rank, p.locator, p.via) for p in found] == [
        (1, "p. 2", {"lexical": 7.5, "coverage": 1.0})
    ]
    assert assistant.asked[0][1] == 3


def test_domain_says_what_the_assistant_is_without_any_path(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    response = client.get("/v1/domain")

    assert DomainOut.model_validate(response.json()).documents == 3
    assert response.json()["scope"] == {
        "in": ["medicines"], "out": ["diagnosis"], "audience": "patients",
    }  # fmt: skip
    assert response.json()["generator"] == "echo"
    assert str(assistant.folder) not in response.text


def test_health_answers_with_the_version(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "version": __version__}


def test_a_stream_gives_sentences_then_citations_then_the_same_answer(
    client: httpx.Client,
) -> None:
    with client.stream("POST", "/v1/ask", json={"question": "How many?", "stream": True}) as reply:
        received = [(name, json.loads(data)) for name, data in events(reply)]

    expected = project(answered(Question("How many?")))
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert [name for name, _ in received] == ["token", "token", "citation", "final"]
    assert [data["text"] for name, data in received if name == "token"] == list(assistant_text())
    assert received[2][1] == expected["citations"][0]
    assert received[3][1] == expected


def assistant_text() -> tuple[str, ...]:
    return tuple(FakeAssistant().pieces)


def test_an_event_is_one_line_whatever_the_answer_holds(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    assistant.pieces = ["a\nb\r\nc\u2028d\x85e “f” 第一条 "]

    with client.stream("POST", "/v1/ask", json={"question": "q", "stream": True}) as reply:
        raw = reply.read().decode()

    assert "第一条" in raw
    assert all(line == "" or line.startswith(("event: ", "data: ")) for line in raw.splitlines())
    first = raw.splitlines()[1].removeprefix("data: ")
    assert json.loads(first)["text"] == assistant.pieces[0]


def test_eight_at_once_all_get_their_own_answer(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    def ask(number: int) -> str:
        body = {"question": f"question {number}", "adapter": f"a{number}"}
        return str(client.post("/v1/ask", json=body).json()["adapter"])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert answers == [f"a{number}" for number in range(8)]
    assert len(assistant.asked) == 8


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_work(
    assistant: FakeAssistant, client: httpx.Client, stream: bool
) -> None:
    assistant.endless, assistant.pieces = True, ()
    body = {"question": "Tell me everything", "stream": stream}

    if stream:
        with client.stream("POST", "/v1/ask", json=body) as reply:
            pieces = reply.iter_bytes()
            next(pieces)
            assert not assistant.stopped.is_set()
    else:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/ask", json=body, timeout=0.3)

    assert assistant.stopped.wait(5)


def test_nothing_of_a_question_is_logged(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        client.post("/v1/ask", json={"question": "my private illness"})
        client.post("/v1/ask", json={"question": "my private illness", "k": 900})

    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if "private" in line]


def test_answers_are_never_stored_by_anyone_between(client: httpx.Client) -> None:
    headers = client.post("/v1/ask", json={"question": "How many?"}).headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_examples_of_the_document_fit_its_schemas() -> None:
    for example in examples.ANSWERS.values():
        AnswerOut.model_validate(example["value"])
    RetrievedOut.model_validate(examples.RETRIEVED)
    DomainOut.model_validate(examples.DOMAIN)
    HealthOut.model_validate(examples.HEALTH)
    for body in (AskIn, RetrieveIn):
        (example,) = body.model_config["json_schema_extra"]["examples"]  # type: ignore[index]
        body.model_validate(example)
