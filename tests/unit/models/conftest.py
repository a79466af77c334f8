from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_doubles import FOLDER, GGUF, HUB, WHEEL, Hub, handler, model

from domainkit.models import catalog


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> dict[str, catalog.Model]:
    """A catalogue of two: ``tiny-gguf`` (hub, then wheel) and ``tiny-folder`` (hub)."""
    models = {
        "tiny-gguf": model("tiny-gguf", {"tiny.gguf": GGUF}, [HUB, WHEEL]),
        "tiny-folder": model("tiny-folder", FOLDER, [HUB]),
    }
    monkeypatch.setattr(catalog, "models", lambda: models)
    return models


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub on loopback, named in HF_ENDPOINT; it serves ``files`` by the end of their path."""
    behaviour = Hub()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(behaviour))
    behaviour.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", behaviour.address)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield behaviour
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's whole package index, by pip's own settings."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
