"""``domainkit serve``: the assistant over REST, on this machine alone unless told otherwise."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from domainkit import extras
from domainkit.assistant import Assistant, locate
from domainkit.cli.output import err
from domainkit.errors import ServerError

app = typer.Typer(add_completion=False)

EPILOG = "Example: domainkit serve --port 8765"
GRACE = 10  # seconds a running answer may still take once the server is told to stop


@app.command(epilog=EPILOG)
def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(help="The address to listen on; 127.0.0.1 if not in the settings."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The port; 0 takes a free one. 8765 by default."),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A host name clients reach it by, besides localhost and addresses."),
    ] = None,
    allow_anyone: Annotated[
        bool,
        typer.Option(
            "--allow-anyone",
            help="Needed with an address other machines reach: there is no authentication yet.",
        ),
    ] = False,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log each request's method, address and status.")
    ] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
) -> None:
    """Serve the assistant over REST on this machine.

    The models are loaded first; Ctrl+C lets running answers finish.
    """
    for library in ("fastapi", "uvicorn"):
        extras.load(library, needed_for="serving")
    overrides = {"server.host": host, "server.port": port}
    with closing(Assistant.open(locate(assistant), overrides=overrides)) as opened:
        chosen = opened.settings.server
        _check_reach(chosen.host, allowed=allow_anyone)
        with _bind(chosen.host, chosen.port) as bound:
            err.print("loading the models ...", style="dim")
            opened.warm()
            with _explained(chosen.host, chosen.port):
                bound.listen()
            _run(opened, bound, names=name or [], access_log=access_log)


def _check_reach(host: str, *, allowed: bool) -> None:
    if _is_loopback(host):
        return
    if not allowed:
        raise ServerError(
            f"{host} can be reached from other machines, and there is no authentication yet: "
            "anyone who reaches it could ask",
            hint=f"leave --host out, or: domainkit serve --host {host} --allow-anyone",
        )
    err.print(f"anyone who reaches {host} can ask: there is no authentication yet", style="yellow")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(host: str, port: int) -> socket.socket:
    """Return a socket that has its port, before any model is loaded, and does not listen yet.

    Raises:
        ServerError: when the port is taken or may not be used, or the host is not this machine's.
    """
    with _explained(host, port):
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind)
        try:
            if os.name == "posix":  # elsewhere it would share the port with whoever has it
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
        return bound


@contextmanager
def _explained(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        following = port + 1 if port < 65_535 else 0
        return ServerError(
            f"port {port} on {host} is in use by another program",
            hint=f"domainkit serve --port {following}, or --port 0 for any free one",
        )
    if error.errno == errno.EACCES:
        return ServerError(
            f"port {port} on {host} needs rights this user lacks",
            hint="take one above 1023: domainkit serve --port 8765",
        )
    reason = f"cannot listen on {host}, port {port}: {error.strerror}"
    return ServerError(reason, hint="domainkit serve --host 127.0.0.1")


def _run(
    assistant: Assistant, listening: socket.socket, *, names: list[str], access_log: bool
) -> None:
    import uvicorn

    from domainkit.server.app import create_app

    chosen = assistant.settings.server
    if access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(assistant, names=names, running=chosen.running, waiting=chosen.waiting),
            log_config=None,
            access_log=access_log,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE,
        )
    )

    def stop(*_: Any) -> None:
        server.should_exit = True

    # For a signal before the server takes over, and for the one it raises again once it is done.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _announce(listening)
    server.run(sockets=[listening])
    err.print("stopped", style="dim")


def _announce(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    body = '{"question": "What do the documents say?"}'
    err.print(f"listening on {url} (Ctrl+C stops)", markup=False)
    err.print(
        f"try: curl -s {url}/v1/ask -H 'content-type: application/json' -d '{body}'", markup=False
    )
