"""Everything a request can get wrong, and every error behind it, as RFC 9457 problems."""

import json
import re
import time
from collections.abc import Callable

import httpx
import pytest
from fake_assistant import FakeAssistant
from live_server import events, listening

from domainkit import errors
from domainkit.errors import (
    DomainkitError,
    GenerationError,
    IndexNotFound,
    ModelError,
    QuestionError,
    StaleIndex,
    UnknownComponent,
)
from domainkit.server import problems
from domainkit.server.app import create_app
from domainkit.server.border import MAX_BODY
from domainkit.server.schemas import MAX_HISTORY, Problem

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DomainkitError) and kind is not DomainkitError
]


def problem(response: httpx.Response) -> Problem:
    """Return the body as a problem, checked to be one."""
    assert response.headers["content-type"] == problems.MEDIA_TYPE
    assert "Traceback" not in response.text
    found = Problem.model_validate(response.json())
    assert found.status == response.status_code
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_of_its_own_or_its_parents(kind: type[DomainkitError]) -> None:
    assert kind in problems.STATUSES
    assert 400 <= problems.status_of(kind("x")) < 600


def test_an_error_of_a_plugin_takes_the_status_of_its_ancestor() -> None:
    class PluginFailed(GenerationError):
        """A plugin's own."""

    class Unrelated(DomainkitError):
        """No ancestor in the table."""

    assert problems.status_of(PluginFailed("x")) == problems.status_of(GenerationError("x"))
    assert problems.status_of(Unrelated("x")) == 500


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IndexNotFound("nothing ingested yet", hint="domainkit ingest documents"), 503),
        (StaleIndex("built by another embedder", hint="domainkit ingest --rebuild"), 503),
        (ModelError("smollm2 is not fetched", hint="domainkit models fetch smollm2"), 503),
        (UnknownComponent("no adapter called 'x'", hint="known: y"), 422),
        (GenerationError("the generator failed"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("address", ["/v1/ask", "/v1/retrieve"])
def test_an_error_names_the_thing_and_the_next_command(
    assistant: FakeAssistant,
    client: httpx.Client,
    address: str,
    error: DomainkitError,
    status: int,
) -> None:
    assistant.error = error

    found = problem(client.post(address, json={"question": "How many?"}))

    assert (found.status, found.detail, found.hint) == (status, error.message, error.hint or None)
    assert found.type.endswith(f"#{problems.slug(type(error))}")


def test_an_error_before_the_first_sentence_is_no_stream(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    assistant.error = IndexNotFound("nothing ingested yet")

    found = problem(client.post("/v1/ask", json={"question": "q", "stream": True}))

    assert found.status == 503


def test_an_error_after_it_is_an_event(assistant: FakeAssistant, client: httpx.Client) -> None:
    assistant.error, assistant.error_after = (
        GenerationError("out of memory", hint="a smaller k"),
        1,
    )

    with client.stream("POST", "/v1/ask", json={"question": "q", "stream": True}) as reply:
        received = list(events(reply))

    assert [name for name, _ in received] == ["token", "error"]
    found = Problem.model_validate(json.loads(received[1][1]))
    assert (found.detail, found.hint, found.status) == ("out of memory", "a smaller k", 500)


def test_places_are_told_relative_to_the_assistant(
    assistant: FakeAssistant, client: httpx.Client
) -> None:
    folder = assistant.folder
    assistant.error = StaleIndex(
        f"{folder}/.domainkit/indexes of {folder} are stale", hint=f"remove {folder}/.domainkit"
    )

    found = problem(client.post("/v1/ask", json={"question": "q"}))

    assert found.detail == ".domainkit/indexes of the assistant's folder are stale"
    assert found.hint == "remove .domainkit"


def test_a_fault_of_ours_says_nothing_to_the_client_and_all_to_the_log(
    assistant: FakeAssistant, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    assistant.error = ZeroDivisionError("inner workings")

    response = client.post("/v1/ask", json={"question": "q"})

    assert problem(response).title == "Internal Server Error"
    assert "inner workings" not in response.text
    assert _soon(lambda: "ZeroDivisionError: inner workings" in caplog.text)


def _soon(holds: Callable[[], bool]) -> bool:
    """Return whether ``holds`` within two seconds: a log line may follow its response."""
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.01)
    return False


BAD_FIELDS = [
    ({}, "question"),
    ({"question": ""}, "question"),
    ({"question": "SECRET" * 9_000}, "question"),
    ({"question": ["SECRET"]}, "question"),
    ({"question": "SECRET", "k": 0}, "k"),
    ({"question": "SECRET", "k": 51}, "k"),
    ({"question": "SECRET", "as_of": "SECRET"}, "as_of"),
    ({"question": "SECRET", "jurisdiction": ""}, "jurisdiction"),
    ({"question": "SECRET", "adapter": "../SECRET"}, "adapter"),
    ({"question": "SECRET", "colour": "SECRET"}, "colour"),
    ({"question": "SECRET", "history": [{"role": "system", "content": "x"}]}, "history.0.role"),
    (
        {"question": "q", "history": [{"role": "user", "content": "x"}] * (MAX_HISTORY + 1)},
        "history",
    ),
    ({"question": "SECRET", "stream": "perhaps"}, "stream"),
    (["SECRET"], "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_FIELDS, ids=lambda value: str(value)[:40])
def test_a_wrong_field_is_named_and_never_echoed(
    client: httpx.Client, body: object, field: str
) -> None:
    response = client.post("/v1/ask", json=body)

    found = problem(response)
    assert found.status == 422
    assert [each.field for each in found.errors or ()] == [field]
    assert "SECRET" not in response.text


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"\xff\xfe", b'{"question": "q"} trailing', b"[" * 100_000],
    ids=["cut off", "empty", "not UTF-8", "trailing", "deep"],
)
def test_a_body_that_is_not_json_is_refused(client: httpx.Client, content: bytes) -> None:
    headers = {"content-type": "application/json"}

    found = problem(client.post("/v1/ask", content=content, headers=headers))

    assert found.status == (422 if content == b"" else 400)


def test_a_lone_surrogate_is_refused_not_a_fault(client: httpx.Client) -> None:
    headers = {"content-type": "application/json"}

    found = problem(client.post("/v1/ask", content=rb'{"question": "\ud800"}', headers=headers))

    assert (found.status, found.errors and found.errors[0].field) == (422, "question")


def test_only_json_is_taken(client: httpx.Client) -> None:
    headers = {"content-type": "text/plain"}

    found = problem(client.post("/v1/ask", content=b'{"question": "q"}', headers=headers))

    assert found.status == 415
    assert "application/json" in (found.hint or "")


def test_an_empty_question_is_refused(client: httpx.Client) -> None:
    found = problem(client.post("/v1/ask", json={"question": "  \n"}))

    assert (found.status, found.hint) == (422, "ask something")
    assert found.type.endswith(problems.slug(QuestionError))


def test_an_unknown_address_and_a_wrong_method(client: httpx.Client) -> None:
    unknown = problem(client.get("/v1/everything"))
    response = client.get("/v1/ask")

    assert (unknown.status, unknown.hint) == (404, "GET /openapi.json lists every address")
    assert problem(response).status == 405
    assert response.headers["allow"] == "POST"
    assert problem(client.get("/docs")).status == 404  # it would load scripts from elsewhere


@pytest.mark.parametrize("declared", [True, False], ids=["length declared", "sent in parts"])
def test_an_oversize_body_is_refused_and_the_server_goes_on(
    client: httpx.Client, declared: bool
) -> None:
    whole = b'{"question": "' + b"x" * (2 * MAX_BODY) + b'"}'
    parts = (whole[at : at + 65_536] for at in range(0, len(whole), 65_536))
    headers = {"content-type": "application/json"}

    refused = client.post("/v1/ask", content=whole if declared else parts, headers=headers)

    assert problem(refused).status == 413
    assert client.post("/v1/ask", json={"question": "q"}).status_code == 200


def test_the_largest_history_the_schema_takes_fits_the_border(client: httpx.Client) -> None:
    text = "\u6cd5" * 8_000  # six bytes each, as escaped by many clients
    history = [{"role": "user", "content": text}] * MAX_HISTORY
    content = json.dumps({"question": text, "history": history}).encode()
    headers = {"content-type": "application/json"}

    assert client.post("/v1/ask", content=content, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io"]
)
def test_a_foreign_host_name_is_refused(client: httpx.Client, host: str) -> None:
    found = problem(client.get("/v1/domain", headers={"host": host}))

    assert found.status == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:80", "10.1.2.3"]
)
def test_this_machines_names_and_addresses_are_taken(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_a_name_the_server_was_given_is_taken() -> None:
    with listening(create_app(FakeAssistant(), names=["Clinic.LAN"])) as address:
        named = httpx.get(f"{address}/healthz", headers={"host": "clinic.lan:8765"})
        other = httpx.get(f"{address}/healthz", headers={"host": "other.lan"})

    assert (named.status_code, other.status_code) == (200, 421)


def test_a_page_of_another_origin_may_not_ask(client: httpx.Client) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    response = client.options("/v1/ask", headers=headers)

    assert problem(response).status == 405
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_anchors_are_words_a_page_can_hold() -> None:
    slugs = {problems.slug(kind) for kind in KINDS}

    assert len(slugs) == len(KINDS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in slugs)
