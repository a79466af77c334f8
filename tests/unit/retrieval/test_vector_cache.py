"""No text is encoded twice, nothing is lost to a kill, and what is forgotten leaves no vector."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_store import CountingEmbedder, Put

from domainkit.errors import StoreError
from domainkit.retrieval import vector_cache
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.store import Store
from domainkit.testing import HashEmbedder

TEXTS = ["the heart", "a much longer text about the heart", "血糖", "the heart"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "encoded.sqlite"


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


def updated(folder: Path, store: Store, embedder: HashEmbedder, *, rebuild: bool = False) -> None:
    made = Indexes.open(folder, store=store, embedder=embedder, vectors="faiss", writable=True)
    (made.rebuild if rebuild else made.update)()
    made.close()


def test_each_text_is_encoded_once_and_comes_back_in_order(
    path: Path, embedder: CountingEmbedder
) -> None:
    first = VectorCache(path).encode(embedder, TEXTS, role="passage")
    assert embedder.passages == 3
    again = VectorCache(path).encode(embedder, TEXTS[::-1], role="passage")
    assert embedder.passages == 3
    assert (first == again[::-1]).all()
    assert first == pytest.approx(HashEmbedder().encode(TEXTS, role="passage"), abs=1e-3)
    assert np.linalg.norm(first, axis=1) == pytest.approx(1.0, abs=1e-6)


def test_roles_and_embedders_have_vectors_of_their_own(
    path: Path, embedder: CountingEmbedder
) -> None:
    cache = VectorCache(path)
    cache.encode(embedder, TEXTS, role="passage")
    cache.encode(embedder, TEXTS, role="query")
    assert cache.encode(HashEmbedder(16), TEXTS, role="passage").shape == (4, 16)
    assert len(cache) == 9


def test_texts_of_like_length_are_encoded_together(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    class Watched(HashEmbedder):
        def encode(self, texts, *, role):  # type: ignore[no-untyped-def]
            seen.extend(len(text) for text in texts)
            return super().encode(texts, role=role)

    monkeypatch.setattr(vector_cache, "_SAVED", 2)
    done: list[int] = []
    VectorCache(path).encode(
        Watched(), ["x" * n for n in (9, 1, 5, 3, 1)], role="passage", on_done=done.append
    )
    assert seen == [1, 3, 5, 9]
    assert done == [3, 2]


def test_what_was_encoded_survives_a_kill(path: Path, embedder: CountingEmbedder) -> None:
    code = (
        "import os, sys; from pathlib import Path; from small_store import CountingEmbedder\n"
        "from domainkit.retrieval import vector_cache\n"
        "vector_cache._SAVED = 2\n"
        "class Killed(CountingEmbedder):\n"
        "    def encode(self, texts, *, role):\n"
        "        if 'stop' in texts: os.kill(os.getpid(), 9)\n"
        "        return super().encode(texts, role=role)\n"
        "cache = vector_cache.VectorCache(Path(sys.argv[1]))\n"
        "cache.encode(Killed(), ['a', 'b', 'stop', 'later'], role='passage')"
    )
    tests = str(Path(__file__).parents[2])
    paths = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    died = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        check=False,
        env=os.environ | {"PYTHONPATH": paths},
    )
    assert died.returncode == -9
    VectorCache(path).encode(embedder, ["a", "b", "stop", "later"], role="passage")
    assert embedder.passages == 2


def _encode_many(path: Path, first: int) -> None:
    texts = [f"text {first + n}" for n in range(40)]
    VectorCache(path).encode(HashEmbedder(), texts, role="passage")


def test_processes_may_use_it_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "_SAVED", 4)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_encode_many, args=(path, n)) for n in (0, 20, 40)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(VectorCache(path)) == 80


def test_a_limit_lets_the_oldest_go(path: Path, embedder: CountingEmbedder) -> None:
    cache = VectorCache(path, limit=3)
    for text in "abcde":
        cache.encode(embedder, [text], role="passage")
    assert len(cache) == 3
    cache.encode(embedder, ["e"], role="passage")
    assert embedder.passages == 5


def test_a_damaged_file_says_that_it_can_be_deleted(
    path: Path, embedder: CountingEmbedder
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all, for longer than a header of SQLite's is" * 9)
    with pytest.raises(StoreError, match=r"encoded\.sqlite.*cannot be used.*delete that file"):
        VectorCache(path).encode(embedder, ["a"], role="passage")


def test_a_rebuild_encodes_nothing_again(
    tmp_path: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    updated(tmp_path / "indexes", filled, embedder)
    embedder.passages = 0
    updated(tmp_path / "indexes", filled, embedder, rebuild=True)
    assert embedder.passages == 0


def test_what_is_forgotten_leaves_no_vector_in_the_file(
    tmp_path: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    put("secret.txt", "The patient is called Quintilian Marsh.", "Secret")
    folder = tmp_path / "indexes"
    updated(folder, filled, embedder)
    file = folder / "encoded.sqlite"
    text = "Secret\nThe patient is called Quintilian Marsh."
    vector = embedder.encode([text], role="passage")[0].astype("<f2").tobytes()
    assert vector in file.read_bytes()
    filled.remove_file("secret.txt")
    updated(folder, filled, embedder)
    assert vector not in file.read_bytes()
    assert len(VectorCache(file)) == 7


def test_a_text_of_two_passages_stays_until_both_are_forgotten(
    path: Path, embedder: CountingEmbedder
) -> None:
    cache = VectorCache(path)
    cache.encode(embedder, ["a", "a", "b"], role="passage", keys=[1, 2, 3])
    cache.release([1])
    assert len(cache) == 2
    cache.release([2])
    assert len(cache) == 1


def test_another_embedder_leaves_no_vectors_of_the_last(
    tmp_path: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    folder = tmp_path / "indexes"
    updated(folder, filled, embedder)
    updated(folder, filled, HashEmbedder(16), rebuild=True)
    assert len(VectorCache(folder / "encoded.sqlite")) == 7
