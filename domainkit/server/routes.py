"""The endpoints. Plain functions: each request works in a thread of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from threading import Event
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import JSONResponse

from domainkit import __version__
from domainkit.assistant import Assistant, project
from domainkit.assistant.projection import project_retrieved
from domainkit.server import examples, problems, streaming
from domainkit.server.queue import Queue
from domainkit.server.schemas import (
    AnswerOut,
    AskIn,
    DomainOut,
    HealthOut,
    RetrievedOut,
    RetrieveIn,
)
from domainkit.types import Message, Turn

router = APIRouter()


def _assistant(request: Request) -> Assistant:
    assistant: Assistant = request.app.state.assistant
    return assistant


async def _turn(request: Request) -> AsyncIterator[None]:
    """Hold a place in the server's queue until the answer is sent."""
    queue: Queue = request.app.state.queue
    async with queue.turn():
        yield


Current = Annotated[Assistant, Depends(_assistant)]
Gone = Annotated[Event, Depends(streaming.departure)]
Admitted = Depends(_turn, scope="request")


@router.post(
    "/v1/ask",
    dependencies=[Admitted],
    summary="Answer a question from the documents",
    response_model=AnswerOut,
    responses={
        200: {
            "description": "An answer, a refusal or an escalation: `status` tells which.",
            "content": {
                "application/json": {"examples": examples.ANSWERS},
                streaming.EventStream.media_type: {
                    "schema": {"type": "string"},
                    "example": examples.STREAM,
                },
            },
        },
        **problems.document(400, 413, 415, 421, 422, 429, 500, 503),
    },
)
def ask(body: AskIn, assistant: Current, gone: Gone) -> Response:
    """Answer from the documents, with the quoted words and their place for every citation.

    A question the documents do not answer, one out of scope and an emergency get an answer too:
    200, and a `status` of their own. With `stream` the answer comes as server-sent events: `token`
    for each sentence once its citations are checked, each `citation`, then `final` with this same
    object; `error` with a problem if the work fails on the way.
    """
    question = assistant.question(
        body.question,
        history=[Message(earlier.role, earlier.content) for earlier in body.history],
        as_of=body.as_of,
        jurisdiction=body.jurisdiction,
    )
    stream = assistant.stream(question, k=body.k, adapter=body.adapter, cancel=gone)
    if body.stream:
        return streaming.EventStream(stream, base=str(assistant.folder))
    turn = next(item for item in stream if isinstance(item, Turn))
    return JSONResponse(project(turn))


@router.post(
    "/v1/retrieve",
    summary="Find passages without writing an answer",
    response_model=RetrievedOut,
    responses={
        200: {"content": {"application/json": {"example": examples.RETRIEVED}}},
        **problems.document(400, 413, 415, 421, 422, 500, 503),
    },
)
def retrieve(body: RetrieveIn, assistant: Current) -> Response:
    """Find the passages an answer would be written from, best first, with every score."""
    question = assistant.question(body.question, as_of=body.as_of, jurisdiction=body.jurisdiction)
    found = assistant.retrieve(question, k=body.k)
    return JSONResponse({"passages": [project_retrieved(each) for each in found]})


@router.get(
    "/v1/domain",
    summary="Say what this assistant is and holds",
    response_model=DomainOut,
    responses={
        200: {"content": {"application/json": {"example": examples.DOMAIN}}},
        **problems.document(421, 500, 503),
    },
)
def domain(assistant: Current) -> dict[str, Any]:
    """Name the pack and its scope, the models that run, and how much has been ingested."""
    manifest, counts = assistant.pack.manifest, assistant.counts()
    return {
        "name": manifest.name,
        "title": manifest.title,
        "version": manifest.version,
        "languages": manifest.languages,
        "jurisdictions": manifest.jurisdictions,
        "scope": {
            "in": manifest.scope.inside,
            "out": manifest.scope.outside,
            "audience": manifest.scope.audience,
        },
        "documents": counts.documents,
        "passages": counts.passages,
        **assistant.models(),
    }


@router.get(
    "/healthz",
    summary="Say that the server takes requests",
    response_model=HealthOut,
    responses={
        200: {"content": {"application/json": {"example": examples.HEALTH}}},
        **problems.document(421),
    },
)
def health() -> dict[str, str]:
    """Say that the server takes requests, and its version."""
    return {"status": "ok", "version": __version__}
