"""Errors as RFC 9457 problems: one table from every error to its status."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from domainkit.errors import (
    DomainkitError,
    EvaluationError,
    GateFailed,
    GenerationError,
    IndexNotFound,
    IngestionError,
    MissingExtra,
    ModelError,
    PackError,
    QuestionError,
    ServerBusy,
    ServerError,
    SettingsError,
    StaleIndex,
    StoreError,
    TrainingError,
    UnknownComponent,
)
from domainkit.server.schemas import FieldProblem, Problem

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"  # seconds: about what the embedded model takes for an answer on two cores
PAGE = "https://github.com/domainkit/domainkit/blob/main/docs/errors.md"

# 422: the client can put it right. 503: the operator can, and the same request then succeeds.
STATUSES: dict[type[DomainkitError], HTTPStatus] = {
    PackError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SettingsError: HTTPStatus.INTERNAL_SERVER_ERROR,
    IngestionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    IndexNotFound: HTTPStatus.SERVICE_UNAVAILABLE,
    StaleIndex: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelError: HTTPStatus.SERVICE_UNAVAILABLE,
    GenerationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    TrainingError: HTTPStatus.INTERNAL_SERVER_ERROR,
    EvaluationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    GateFailed: HTTPStatus.CONFLICT,
    QuestionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ServerError: HTTPStatus.INTERNAL_SERVER_ERROR,
    ServerBusy: HTTPStatus.TOO_MANY_REQUESTS,
    UnknownComponent: HTTPStatus.UNPROCESSABLE_ENTITY,
    MissingExtra: HTTPStatus.SERVICE_UNAVAILABLE,
}

# What HTTP itself refuses: the title RFC 9110 gives it, what that means here, what to do about it.
REFUSALS: dict[int, tuple[str, str, str]] = {
    400: ("Bad Request", "the body is not JSON", "send one JSON object in UTF-8"),
    404: (
        "Not Found",
        "there is nothing at this address",
        "GET /openapi.json lists every address",
    ),
    405: (
        "Method Not Allowed",
        "this address does not take that method",
        "see the Allow header, or GET /openapi.json",
    ),
    413: (
        "Content Too Large",
        "the body is larger than 1 MiB",
        "ask about a document instead of pasting it: domainkit ingest FILE",
    ),
    415: (
        "Unsupported Media Type",
        "the body is not declared as JSON",
        "send the header Content-Type: application/json",
    ),
    421: (
        "Misdirected Request",
        "this server does not go by that name",
        "use localhost or an address, or start it with: domainkit serve --name NAME",
    ),
    422: (
        "Unprocessable Content",
        "a field is wrong",
        "GET /openapi.json has the fields, their bounds and an example",
    ),
    429: (
        "Too Many Requests",
        "as many questions are being answered, and wait for it, as the server takes",
        "ask again after the seconds in the header Retry-After",
    ),
    500: ("Internal Server Error", "the server is at fault", "its log has the details"),
    503: (
        "Service Unavailable",
        "the server cannot answer yet",
        "see what its operator has to do",
    ),
}


def status_of(error: DomainkitError) -> HTTPStatus:
    """Return the HTTP status of ``error``: its own class's, or its nearest ancestor's."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def slug(kind: type[DomainkitError]) -> str:
    """Return the name of an error class as the errors page anchors it: ``index-not-found``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()


def from_error(error: DomainkitError, *, base: str = "") -> Problem:
    """Return ``error`` as a problem that tells places relative to the folder ``base``."""
    return Problem(
        type=f"{PAGE}#{slug(type(error))}",
        title=slug(type(error)).replace("-", " ").capitalize(),
        status=status_of(error),
        detail=_relative(error.message, base),
        hint=_relative(error.hint, base) or None,
    )


def _relative(text: str, base: str) -> str:
    if not base:
        return text
    return text.replace(f"{base}/", "").replace(base, "the assistant's folder")


def from_status(
    status: int, detail: str = "", *, errors: Sequence[FieldProblem] | None = None
) -> Problem:
    """Return what HTTP itself refuses as a problem; ``detail`` says more than the table."""
    title, meaning, hint = REFUSALS.get(status) or (HTTPStatus(status).phrase, "", "")
    return Problem(
        type="about:blank",
        title=title,
        status=status,
        detail=detail or meaning or title,
        hint=hint or None,
        errors=list(errors) if errors else None,
    )


def respond(problem: Problem, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return ``problem`` as a response."""
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


def document(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the problems an endpoint answers with."""
    return {
        status: {
            "description": REFUSALS[status][0],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install(app: FastAPI, *, base: str = "") -> None:
    """Make ``app`` answer every error with a problem.

    Args:
        app: the application.
        base: a folder whose path is left out of what clients see.
    """

    @app.exception_handler(DomainkitError)
    def _refused(_: Request, error: DomainkitError) -> JSONResponse:
        headers = {"Retry-After": RETRY_AFTER} if isinstance(error, ServerBusy) else None
        return respond(from_error(error, base=base), headers=headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return respond(_from_validation(error))

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> JSONResponse:
        return respond(from_status(error.status_code), headers=error.headers)

    @app.exception_handler(Exception)
    def _bug(_: Request, __: Exception) -> JSONResponse:
        # The traceback goes to the log, never to the client.
        return respond(from_status(500))


def _from_validation(error: RequestValidationError) -> Problem:
    """Return which fields are wrong and why; what was sent in them is left out."""
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return from_status(400)
    fields = [FieldProblem(field=_field(each["loc"]), problem=each["msg"]) for each in found]
    detail = "; ".join(f"{each.field}: {each.problem}" for each in fields)
    return from_status(422, detail, errors=fields)


def _field(location: Sequence[int | str]) -> str:
    """Return ``history.0.role`` for ``body.history.0.role``, and ``body`` for the body itself."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])
