"""A real server on a free loopback port, and what its streams hold."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI


@dataclass(frozen=True)
class Served:
    """A server in a process of its own, where it listens, and the file of what it says."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Stop it with a signal and return all it said."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return self.log.read_text()


@contextmanager
def started(command: Sequence[str], folder: Path, **environment: str) -> Iterator[Served]:
    """Run ``command`` in ``folder`` until it says where it listens; end it when done."""
    log = folder / "serve.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=folder, stderr=written, env={**os.environ, **environment}
        )
    try:
        yield Served(process, _listening(process, log), log)
    finally:
        process.kill()
        process.wait()


def _listening(process: subprocess.Popen[bytes], log: Path) -> str:
    while process.poll() is None:
        if found := re.search(r"listening on (http://\S+).*\n.*\n", log.read_text()):
            return found[1]
        time.sleep(0.02)
    pytest.fail(f"it never listened: {log.read_text()}")


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve ``app`` from a thread and give the server's address."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
            assert not thread.is_alive()


def events(response: httpx.Response) -> Iterator[tuple[str, str]]:
    """Yield the name and data of each server-sent event."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, line.removeprefix("data: ")
