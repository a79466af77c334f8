"""What tests of several kinds start once."""

from __future__ import annotations

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings

from domainkit import content
from domainkit.ingestion import workers

# Two tests run at once, on two cores: were each to compute on both, they would only wait for each
# other. Set before anything loads torch, and inherited by what the tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What one example takes says more of the machine's other work than of the code.
settings.register_profile("domainkit", deadline=None)
settings.load_profile("domainkit")


@pytest.fixture(scope="session", autouse=True)
def _own_packs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the packs and keys of whoever runs the tests out of them."""
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMAINKIT_PACKS", str(folder / "packs"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_reading_process() -> Iterator[None]:
    """Have one process read at once where no test says how many: starting one takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "automatic", lambda: 1)
        yield


@pytest.fixture(scope="session")
def _texts_read_once() -> Iterator[None]:
    """Have the texts of each shipped pack read and divided once for all plans of training."""
    from domainkit.training import passages

    really, kept = passages._divide, dict[Any, Any]()

    def divided(folder: Path, files: set[str], options: Any) -> Any:
        if folder.parent != content.root("domains").resolve():
            return really(folder, files, options)
        key = (folder, frozenset(files), repr((options.assigned, options.mask)))
        if key not in kept:
            kept[key] = really(folder, files, options)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passages, "_divide", divided)
        yield


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a Chroma server that ``chroma run`` starts on a free loopback port."""
    folder = tmp_path_factory.mktemp("chroma")
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    program = Path(sysconfig.get_path("scripts")) / "chroma"
    where = ["--path", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "run", *where],
            stdout=log,
            stderr=log,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False", "OTEL_SDK_DISABLED": "true"},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    while process.poll() is None:
        try:
            httpx.get(f"{url}/api/v2/heartbeat").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"chroma run ended: {log.read_text()}")
