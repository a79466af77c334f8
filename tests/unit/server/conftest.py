from collections.abc import Iterator

import httpx
import pytest
from fake_assistant import FakeAssistant
from fastapi import FastAPI
from live_server import listening

from domainkit.server.app import create_app


@pytest.fixture(scope="session")
def app() -> FastAPI:
    return create_app(FakeAssistant())


@pytest.fixture(scope="session")
def server(app: FastAPI) -> Iterator[str]:
    with listening(app) as server:
        yield server


@pytest.fixture
def assistant(app: FastAPI) -> FakeAssistant:
    """What the server asks during this test."""
    app.state.assistant = FakeAssistant()
    return app.state.assistant


@pytest.fixture
def client(assistant: FakeAssistant, server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=20) as client:
        yield client
