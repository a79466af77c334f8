"""Vectors in a collection of a Chroma server, which processes of several hosts share.

The folder beside the other index keeps which collection is this assistant's, so that two
assistants on one server cannot write into each other's.
"""

from __future__ import annotations

import json
import uuid
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from domainkit import extras
from domainkit.errors import SettingsError, StaleIndex, StoreError
from domainkit.retrieval.chroma_index import ChromaVectors, check, library, shape
from domainkit.retrieval.files import replacing
from domainkit.settings import ChromaServer
from domainkit.types import Entry, Filter, Hit

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

_NAME = "collection.json"
_REBUILD = "rebuild it: domainkit ingest --rebuild"
_PATIENCE = 10  # seconds until a server counts as not there


class ChromaServerIndex(ChromaVectors):
    """A vector index in a collection of a server.

    Args:
        folder: keeps which collection is meant; made where there is none, with the collection.
        dim: the length of a vector.
        server: where the server is, how it is entered, and what the collection is called.

    Raises:
        MissingExtra: when Chroma is not installed.
        SettingsError: when no server is named.
        StaleIndex: when the collection is gone, or holds vectors of another length.
        StoreError: when the server cannot be reached or entered, or when the collection is
            another assistant's.
    """

    def __init__(self, folder: Path, dim: int, *, server: ChromaServer) -> None:
        self._server = server
        self._place = f"the collection '{server.collection}' of {server.url}"
        client = _client(server)
        try:
            with _calling(server):
                collection = self._collection_of(client, folder, dim)
            check(collection, dim, self._place)
        except StoreError:
            _close(client)
            raise
        super().__init__(client, collection)
        # An index that is replaced while threads still search it ends with the last of them.
        self._end = weakref.finalize(self, _close, client)

    def __len__(self) -> int:
        """Return the number of vectors."""
        with _calling(self._server):
            return super().__len__()

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Index ``vectors`` ([len(entries), dim]); a key already present is replaced."""
        with _calling(self._server):
            super().add(entries, vectors)

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys``; unknown keys are ignored."""
        with _calling(self._server):
            super().remove(keys)

    def search(self, vector: Vectors, k: int, filter: Filter) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter`` by inner product; ties by key."""
        with _calling(self._server):
            return super().search(vector, k, filter)

    @staticmethod
    def discard(folder: Path, *, server: ChromaServer) -> None:
        """Delete the collection that ``folder`` names, before an index is made anew."""
        owner, client = _owner(folder), _client(server)
        try:
            with _calling(server):
                held = _held(client, server.collection)
                if owner and held is not None and _owned_by(held) == owner:
                    client.delete_collection(server.collection)
        finally:
            _close(client)

    def close(self) -> None:
        """Let go of the connections to the server."""
        self._end()

    def _collection_of(self, client: Any, folder: Path, dim: int) -> Any:
        owner, held = _owner(folder), _held(client, self._server.collection)
        if owner is None:
            if held is not None:
                raise StoreError(
                    f"{self._place} is another assistant's",
                    hint="give this one a name of its own: [retrieval.chroma] collection",
                )
            owner = uuid.uuid4().hex
            with replacing(folder / _NAME) as file:
                file.write(json.dumps({"owner": owner}).encode())
            return client.create_collection(self._server.collection, **shape(dim, owner=owner))
        if held is None or _owned_by(held) != owner:
            raise StaleIndex(f"{self._place} is gone", hint=_REBUILD)
        return held


def _client(server: ChromaServer) -> Any:
    """Return a client of the server, which was reached and lets us in."""
    if not (server.url and server.collection):
        raise SettingsError(
            "a Chroma server is to hold the vectors, but it is not named",
            hint='set url and collection under [retrieval.chroma], or vectors = "chroma"',
        )
    chroma, address = library(), urlsplit(server.url)
    secure, token = address.scheme == "https", server.token.get_secret_value()
    bearer = "Bearer " if server.header == "Authorization" else ""
    headers = {server.header: f"{bearer}{token}"} if token else {}
    verify = None if secure else False  # without https, no list of authorities is read
    with _calling(server):
        http = extras.load("httpx", needed_for="asking a Chroma server")
        asked = f"{server.url.rstrip('/')}/api/v2/auth/identity"
        http.get(asked, headers=headers, timeout=_PATIENCE, verify=secure).raise_for_status()
        return chroma.HttpClient(
            host=address.hostname,
            port=address.port or (443 if secure else 80),
            ssl=secure,
            headers=headers,
            settings=chroma.config.Settings(
                anonymized_telemetry=False, chroma_server_ssl_verify=verify
            ),
        )


def _close(client: Any) -> None:
    """End the client's connections; Chroma's own ``close`` leaves them open."""
    for part in (client, client._admin_client):
        part._server._session.close()
    client.close()


def _held(client: Any, name: str) -> Any:
    """Return the collection called ``name``; None where there is none."""
    try:
        return client.get_collection(name, embedding_function=None)
    except extras.load("chromadb.errors", needed_for="keeping vectors in Chroma").NotFoundError:
        return None


def _owned_by(collection: Any) -> str | None:
    return (collection.metadata or {}).get("owner")


def _owner(folder: Path) -> str | None:
    """Return what the collection of ``folder`` is marked with; None before there is one."""
    path = folder / _NAME
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["owner"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StaleIndex(
            f"{path}: the vector index cannot be read: {error}", hint=_REBUILD
        ) from error


@contextmanager
def _calling(server: ChromaServer) -> Iterator[None]:
    """Say what is wrong with a server that cannot be reached, or does not answer as it should."""
    errors = extras.load("chromadb.errors", needed_for="keeping vectors in Chroma")
    http = extras.load("httpx", needed_for="asking a Chroma server")
    try:
        yield
    except errors.NotFoundError as error:
        raise StaleIndex(
            f"the collection '{server.collection}' of {server.url} is gone", hint=_REBUILD
        ) from error
    except (http.HTTPError, errors.ChromaError, ConnectionError, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise StoreError(
            f"the Chroma server {server.url} cannot be used: {reason}",
            hint="start it (chroma run --path FOLDER), or correct url and token"
            " under [retrieval.chroma]",
        ) from error
