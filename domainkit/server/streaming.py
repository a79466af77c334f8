"""An answer as server-sent events, and how a client that leaves stops the work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Generator, Iterator
from itertools import chain
from threading import Event
from typing import Any

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from domainkit.assistant import project
from domainkit.errors import DomainkitError
from domainkit.server import problems
from domainkit.types import Turn

_HEADERS = {"X-Accel-Buffering": "no"}  # or a proxy would hold the events back
# Line ends to some clients' readers, though not to the format; JSON may carry them escaped.
_LINE_ENDS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"})


async def departure(request: Request) -> AsyncIterator[Event]:
    """Yield an event that is set as soon as the client has gone or has its whole answer."""
    gone = Event()
    watching = asyncio.create_task(_watch(request, gone))
    try:
        yield gone
    finally:
        gone.set()
        watching.cancel()


async def _watch(request: Request, gone: Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()


class EventStream(StreamingResponse):
    """Sends an answer as events, and closes what writes it when the client has it or has gone.

    It waits for the first event, so that what fails before it is an ordinary problem response.

    Args:
        stream: sentences, then the turn.
        base: a folder whose path is left out of problems.
    """

    media_type = "text/event-stream"

    def __init__(self, stream: Generator[str | Turn, None, None], *, base: str = "") -> None:
        self._stream = stream
        first = next(stream)
        super().__init__(_events(chain([first], stream), base), headers=_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events. Nothing else would close the stream before the collector finds it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._stream.close)


def _events(stream: Iterator[str | Turn], base: str) -> Iterator[str]:
    try:
        for item in stream:
            if isinstance(item, str):
                yield _event("token", {"text": item})
                continue
            answer = project(item)
            for citation in answer["citations"]:
                yield _event("citation", citation)
            yield _event("final", answer)
    except DomainkitError as error:
        yield _event("error", problems.from_error(error, base=base).model_dump(exclude_none=True))


def _event(name: str, data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_LINE_ENDS)
    return f"event: {name}\ndata: {text}\n\n"
