"""A Chroma server is entered with a token, keeps assistants apart, and says what is wrong."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from small_store import CountingEmbedder

from domainkit.errors import SettingsError, StaleIndex, StoreError
from domainkit.retrieval.chroma_server import ChromaServerIndex
from domainkit.retrieval.indexes import Indexes
from domainkit.settings import ChromaServer
from domainkit.store import Store
from domainkit.types import Entry, Filter, Passage, Span

ENTRY = Entry(1, Passage("p1", "d", "", "", Span(0, 1), "x"))
ONE = np.eye(1, 8, dtype=np.float32)


@pytest.fixture
def server(chroma_server: str) -> ChromaServer:
    return ChromaServer(url=chroma_server, collection=f"c{uuid.uuid4().hex}")


def test_two_assistants_cannot_share_a_collection(server: ChromaServer, tmp_path: Path) -> None:
    ChromaServerIndex(tmp_path / "one", 8, server=server).close()
    with pytest.raises(StoreError, match=r"another assistant's.*a name of its own"):
        ChromaServerIndex(tmp_path / "two", 8, server=server)


def test_a_collection_that_is_gone_is_not_made_again_in_silence(
    server: ChromaServer, tmp_path: Path
) -> None:
    index = ChromaServerIndex(tmp_path, 8, server=server)
    index.add([ENTRY], ONE)
    index._client.delete_collection(server.collection)
    with pytest.raises(StaleIndex, match=r"is gone.*--rebuild"):
        index.search(ONE, 1, Filter())
    index.close()
    with pytest.raises(StaleIndex, match=r"is gone.*--rebuild"):
        ChromaServerIndex(tmp_path, 8, server=server)


def test_vectors_of_another_length_are_refused(server: ChromaServer, tmp_path: Path) -> None:
    ChromaServerIndex(tmp_path, 8, server=server).close()
    with pytest.raises(StaleIndex, match="vectors of 8 numbers, the embedder makes 16"):
        ChromaServerIndex(tmp_path, 16, server=server)


@pytest.mark.parametrize("content", ["", "[]", "{}", "\xff"])
def test_a_damaged_mark_is_refused(server: ChromaServer, tmp_path: Path, content: str) -> None:
    (tmp_path / "collection.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(StaleIndex, match=r"cannot be read.*--rebuild"):
        ChromaServerIndex(tmp_path, 8, server=server)


def test_a_rebuild_leaves_nothing_of_the_old_collection(
    server: ChromaServer, tmp_path: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    made = Indexes.open(
        tmp_path / "indexes",
        store=filled,
        embedder=embedder,
        vectors="chroma-server",
        options={"server": server},
        writable=True,
    )
    made.update()
    assert made.vectors is not None
    made.vectors.add([Entry(999, ENTRY.passage)], embedder.encode(["x"], role="passage"))
    made.rebuild()
    hits = made.vectors.search(embedder.encode(["x"], role="query"), 100, Filter())
    assert sorted(hit.key for hit in hits) == [entry.key for entry in filled.entries()]
    made.close()


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    nowhere = ChromaServer(url="http://127.0.0.1:9", collection="clinic")
    with pytest.raises(StoreError, match=r"http://127.0.0.1:9 cannot be used.*chroma run"):
        ChromaServerIndex(tmp_path, 8, server=nowhere)
    assert not (tmp_path / "collection.json").exists()


def test_a_server_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"not named.*\[retrieval.chroma\]"):
        ChromaServerIndex(tmp_path, 8, server=ChromaServer(url="http://127.0.0.1:9"))


@pytest.fixture
def refusing() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Give the address of a server that lets nobody in, and the headers it saw."""
    seen: list[dict[str, str]] = []

    class Refuses(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_error(401)

        def log_message(self, *said: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Refuses) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", seen
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("header", "value"), [("Authorization", "Bearer secret"), ("X-Chroma-Token", "secret")]
)
def test_the_token_travels_in_its_header_and_in_no_message(
    tmp_path: Path, refusing: tuple[str, list[dict[str, str]]], header: str, value: str
) -> None:
    url, seen = refusing
    server = ChromaServer.model_validate(
        {"url": url, "collection": "clinic", "token": "secret", "header": header}
    )
    with pytest.raises(StoreError, match=r"cannot be used.*401.*token") as raised:
        ChromaServerIndex(tmp_path, 8, server=server)
    assert seen[0][header] == value
    assert "secret" not in f"{raised.value} {server!r}"
