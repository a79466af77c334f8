"""What a request must be before any endpoint sees it: for this host, JSON, and not too large."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domainkit.server import problems

# Holds a question and a whole history at the schema's bounds, escaped to six bytes a character.
MAX_BODY = 1_048_576
# A server that closes while the client still sends resets the connection, and the client never
# reads why. So this much of an oversize body is read and dropped first.
MAX_DRAINED = 16 * MAX_BODY

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Border:
    """ASGI middleware that refuses foreign hosts, other media types and oversize bodies.

    The host check is what stops DNS rebinding: a page whose name was pointed at this machine
    still sends its own name. An address cannot be rebound, so address literals pass. JSON alone is
    taken because a browser sends JSON to another origin only after asking, and is never allowed.
    """

    def __init__(self, app: ASGIApp, *, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names) | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _marked(send)
        status = self._refused(scope)
        body = await _read(receive) if status is None else None
        if body is None:
            problem = problems.from_status(status or 413)
            await problems.respond(problem)(scope, receive, send)
        else:
            await self._app(scope, _replayed(body, receive), send)

    def _refused(self, scope: Scope) -> int | None:
        """Return the status that the headers alone call for; None when they will do."""
        headers = Headers(scope=scope)
        if not self._trusts(headers.get("host", "")):
            return 421
        if scope["method"] == "POST" and not _is_json(headers.get("content-type", "")):
            return 415
        return None

    def _trusts(self, host: str) -> bool:
        name = _name(host)
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None when it is larger than ``MAX_BODY``."""
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= MAX_DRAINED:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        more = message.get("more_body", False)
        if size <= MAX_BODY:
            parts.append(part)
    return b"".join(parts) if size <= MAX_BODY else None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives ``body`` once, then what the server has to say."""
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return unread.pop() if unread else await receive()

    return replayed


def _marked(send: Send) -> Send:
    """Return a ``send`` that adds ``HEADERS`` to the response."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return marked


def _name(host: str) -> str:
    """Return the host of a Host header without its port; IPv6 without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().removesuffix(".")


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"
