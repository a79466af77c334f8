"""Builds the REST application around one assistant."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from domainkit import __version__
from domainkit.assistant import Assistant
from domainkit.server import problems
from domainkit.server.border import Border
from domainkit.server.queue import Queue
from domainkit.server.routes import router
from domainkit.server.schemas import Problem

DESCRIPTION = """\
Answers only from its owner's documents, cites them so that a professional can check, and says when
they do not suffice. Every answer names the model that wrote it. Errors are RFC 9457 problems."""


class _Api(FastAPI):
    """FastAPI whose document also knows the problem every endpoint can answer with."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            _, schemas = models_json_schema(
                [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
            )
            document["components"]["schemas"].update(schemas["$defs"])
        return super().openapi()


def create_app(
    assistant: Assistant, *, names: Collection[str] = (), running: int = 4, waiting: int = 4
) -> FastAPI:
    """Return the REST application that answers with ``assistant``.

    Args:
        assistant: an open assistant; closing it stays with the caller.
        names: host names clients may reach it by, besides localhost and addresses.
        running: how many questions are answered at once.
        waiting: how many more may wait; others are refused.
    """
    app = _Api(
        title=f"domainkit: {assistant.pack.manifest.title}",
        description=DESCRIPTION,
        version=__version__,
        # The pages FastAPI offers load scripts from another host; the document itself stays.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        # It reports to whatever OpenTelemetry provider the process has; questions are private.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.assistant = assistant
    app.state.queue = Queue(running, waiting)
    app.include_router(router)
    app.add_middleware(Border, names=names)
    problems.install(app, base=str(assistant.folder))
    return app
