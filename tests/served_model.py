"""A double of the part of vLLM's protocol that domainkit speaks, with faults to order."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "the-key"


@dataclass
class Model:
    """What the server says, and what it was told. ``fault`` is a word of ``_Handler``.

    ``instead`` is what it sends in place of its second word.
    """

    words: tuple[str, ...] = ("Measure ", "for 7 days. ", "[1]")
    fault: str = ""
    instead: bytes = b""
    adapters: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    left: threading.Event = field(default_factory=threading.Event)


@contextmanager
def served(model: Model) -> Iterator[Model]:
    """Serve ``model`` on loopback; its ``url`` ends in /v1."""
    handler = type("Handler", (_Handler,), {"model": model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    model: Model

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self._allowed():
            names = ["base", *self.model.adapters]
            self._reply(200, {"object": "list", "data": [{"id": name} for name in names]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._allowed():
            return
        if self.path == "/v1/chat/completions":
            self.model.asked.append(body)
            self._stream(body)
        else:
            self._change(body["lora_name"], body.get("lora_path"))

    def _change(self, name: str, path: str | None) -> None:
        adapters, loads = self.model.adapters, self.path == "/v1/load_lora_adapter"
        if loads == (name in adapters):
            self._reply(404, {"error": {"message": f"The lora adapter '{name}' is not there"}})
            return
        if loads:
            adapters[name] = str(path)
        else:
            del adapters[name]
        self._reply(200, None)

    def _allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {KEY}":
            return True
        self._reply(401, {"error": {"message": "Unauthorized"}})
        return False

    def _reply(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, body: dict[str, Any]) -> None:
        if self.model.fault == "slow":
            self.model.left.wait(5)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self._answer(str(body["model"]))
        except (BrokenPipeError, ConnectionResetError):
            self.model.left.set()

    def _answer(self, name: str) -> None:
        for number, word in enumerate(self.model.words):
            if self.model.fault == "broken" and number == 1:
                return  # the connection closes in the middle of the answer
            if self.model.fault == "stalled" and number == 1:
                self.model.left.wait(5)
            if self.model.instead and number == 1:
                self.wfile.write(self.model.instead + b"\n\n")
                return
            self._event(name, {"delta": {"role": "assistant", "content": word}})
            if self.model.fault == "endless":
                time.sleep(0.02)
        self._event(name, {"delta": {}, "finish_reason": "stop"})
        used = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
        self._event(name, None, usage=used)
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, name: str, choice: dict[str, Any] | None, **more: object) -> None:
        event = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": name,
            "choices": [{"index": 0, **choice}] if choice else [],
            **more,
        }
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()
