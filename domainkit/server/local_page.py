"""A page for one person at this machine: read and answered in the browser, over loopback only.

Nothing here needs a web framework. The address holds a secret that only who started the program
sees, a form is taken from the page itself and from nowhere else, and the page loads nothing.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qsl

HOST = "127.0.0.1"
_LARGEST = 100_000  # bytes of a form: an edited question or a remark, and much to spare
_SECONDS = 10  # a connection that says nothing for so long is let go


class Page(Protocol):
    """What is shown, and what becomes of the answers."""

    @property
    def done(self) -> bool:
        """Whether there is nothing more to answer, and the program may end."""

    def show(self, *, nonce: str) -> str:
        """Return the page as HTML. Its styles and scripts carry ``nonce`` or are not run."""

    def take(self, form: Mapping[str, str]) -> None:
        """Take the answers of one form; what they do not fit is left as it was."""


class LocalPage:
    """Serves a page until it is done. One person, one browser, one at a time."""

    def __init__(self, page: Page, *, port: int = 0) -> None:
        self._server = _Server(page, port)

    @property
    def url(self) -> str:
        """The address to open, secret and all."""
        return f"{self._server.origin}{self._server.path}"

    def run(self, on_ready: Callable[[str], None]) -> None:
        """Serve until the page is done or the process is interrupted.

        Args:
            on_ready: called with the address once it can be opened.
        """
        try:
            on_ready(self.url)
            self._server.serve_forever(poll_interval=0.1)
        finally:
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, page: Page, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.page = page
        self.path = f"/{secrets.token_urlsafe(24)}/"
        self.origin = f"http://{HOST}:{self.server_port}"
        self.one_at_a_time = threading.Lock()

    def ours(self, host: str, path: str) -> bool:
        """Return whether a request knows the secret, and reached us by our own name."""
        named = host in {f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"}
        return secrets.compare_digest(path.encode(), self.path.encode()) and named


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SECONDS
    server_version, sys_version = "domainkit", ""

    def do_GET(self) -> None:
        if not self.server.ours(self.headers.get("Host", ""), self.path):
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        with self.server.one_at_a_time:
            nonce = secrets.token_urlsafe(16)
            self._send(HTTPStatus.OK, self.server.page.show(nonce=nonce), nonce)
        if self.server.page.done:  # and the last page has been sent
            self.server.shutdown()

    def do_POST(self) -> None:
        fault = self._fault()
        if fault is not None:
            self._refuse(fault)
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        with self.server.one_at_a_time:
            self.server.page.take(dict(fields))
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", self.server.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a line of a log would hold the secret."""

    def _fault(self) -> HTTPStatus | None:
        """Return why a form is not taken: it must come from the page itself."""
        host, length = self.headers.get("Host", ""), self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        if not self.server.ours(host, self.path):
            return HTTPStatus.NOT_FOUND
        if self.headers.get("Origin", "") != f"http://{host}":
            return HTTPStatus.FORBIDDEN
        if kind != "application/x-www-form-urlencoded" or not length.isdigit():
            return HTTPStatus.BAD_REQUEST
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length) > _LARGEST else None

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(status, status.phrase, "")

    def _send(self, status: HTTPStatus, html: str, nonce: str) -> None:
        body = html.encode("utf-8", "replace")
        self.send_response(status)
        for name, value in _headers(nonce).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _headers(nonce: str) -> dict[str, str]:
    own = f"'nonce-{nonce}'" if nonce else "'none'"
    policy = (
        f"default-src 'none'; style-src {own}; script-src {own}; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
