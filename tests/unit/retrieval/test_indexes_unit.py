"""Indexes follow their store, say when they do not, and lose nothing when they are cut short."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from small_store import GUIDE, LEASE, CountingEmbedder, Put

from domainkit.errors import IndexNotFound, StaleIndex, StoreError
from domainkit.retrieval import indexes as module
from domainkit.retrieval import vector_cache
from domainkit.retrieval.indexes import Indexes
from domainkit.store import Store
from domainkit.testing import HashEmbedder
from domainkit.types import Filter

ALL = Filter()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indexes"


def built(folder: Path, store: Store, embedder: Any, **options: Any) -> Indexes:
    made = Indexes.open(
        folder,
        store=store,
        embedder=embedder,
        vectors=options.get("vectors", "faiss"),
        writable=True,
    )
    made.update()
    return made


def opened(folder: Path, store: Store, embedder: Any, vectors: str = "faiss") -> Indexes:
    return Indexes.open(folder, store=store, embedder=embedder, vectors=vectors)


def words(found: Indexes, store: Store, query: str) -> list[str]:
    keys = [hit.key for hit in found.lexical.search(query, 10, ALL)]
    passages = store.passages(keys)
    return [passages[key].text for key in keys]


def nearest(found: Indexes, store: Store, embedder: HashEmbedder, text: str) -> str:
    assert found.vectors is not None
    hits = found.vectors.search(embedder.encode([text], role="query"), 1, ALL)
    return store.passages([hits[0].key])[hits[0].key].text


def test_nothing_indexed_says_what_to_run(folder: Path, store: Store) -> None:
    with pytest.raises(IndexNotFound, match=r"nothing indexed yet.*domainkit ingest documents"):
        opened(folder, store, None)
    assert not folder.exists()


@pytest.mark.parametrize("vectors", ["faiss", "chroma"])
def test_both_indexes_hold_the_store(
    folder: Path, filled: Store, embedder: CountingEmbedder, vectors: str
) -> None:
    built(folder, filled, embedder, vectors=vectors).close()
    found = opened(folder, filled, embedder, vectors)
    assert words(found, filled, "metformin") == ["Metformin lowers blood glucose."]
    assert nearest(found, filled, embedder, "Guide\nAspirin thins the blood.").startswith(
        "Aspirin"
    )
    found.close()


def test_an_update_adds_and_removes_what_changed_and_nothing_else(
    folder: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    embedder.passages = 0
    put("guide.txt", GUIDE.replace("Aspirin thins", "Warfarin thins"), "Guide")
    filled.remove_file("lease.txt")
    found = built(folder, filled, embedder)
    assert embedder.passages == 1
    assert words(found, filled, "aspirin landlord rent") == ["The landlord keeps any deposit."]
    assert words(found, filled, "warfarin") == ["Warfarin thins the blood."]
    assert found.generation == filled.generation


def test_an_update_without_changes_embeds_nothing(
    folder: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    embedder.passages = 0
    built(folder, filled, embedder)
    assert embedder.passages == 0


def test_progress_ends_with_everything_done(
    folder: Path, filled: Store, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "_SAVED", 2)
    seen: list[tuple[int, int]] = []
    made = Indexes.open(folder, store=filled, embedder=embedder, vectors="faiss", writable=True)
    made.update(lambda done, total: seen.append((done, total)))
    assert seen == [(2, 7), (4, 7), (6, 7), (7, 7)]


def test_an_update_that_was_cut_short_goes_on_where_it_stopped(
    folder: Path, filled: Store, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WRITTEN", 2)
    embedder.fails_at = "Aspirin"
    with pytest.raises(KeyboardInterrupt):
        built(folder, filled, embedder)
    assert embedder.passages == 4
    with pytest.raises(StaleIndex, match="have changed since"):
        opened(folder, filled, embedder)
    embedder.fails_at = ""
    found = built(folder, filled, embedder)
    assert embedder.passages == 7
    assert len(found.lexical.search("landlord tenant blood 血糖", 10, ALL)) == 7
    assert nearest(found, filled, embedder, "Guide\nAspirin thins the blood.").startswith(
        "Aspirin"
    )


def test_what_went_while_an_update_was_cut_short_is_not_left_behind(
    folder: Path, filled: Store, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WRITTEN", 2)
    embedder.fails_at = "Aspirin"
    with pytest.raises(KeyboardInterrupt):
        built(folder, filled, embedder)
    embedder.fails_at = ""
    filled.remove_file("lease.txt")
    found = built(folder, filled, embedder)
    assert words(found, filled, "landlord") == ["The landlord keeps any deposit."]
    assert found.vectors is not None
    assert len(found.vectors.search(embedder.encode(["x"], role="query"), 10, ALL)) == 4


def test_documents_that_changed_since_are_noticed(
    folder: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    put("new.txt", "A new text.")
    with pytest.raises(StaleIndex, match=r"have changed since.*domainkit ingest documents"):
        opened(folder, filled, embedder)


def test_a_reader_goes_on_with_what_is_indexed_while_another_process_writes(
    folder: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    put("new.txt", "Quinine cures malaria.")
    filled.remove_file("lease.txt")
    reading = Indexes.open(folder, store=filled, embedder=embedder, vectors="faiss", lagging=True)
    keys = [hit.key for hit in reading.lexical.search("quinine landlord", 10, ALL)]
    held = [passage.text for passage in filled.passages(keys).values()]
    assert held == ["The landlord keeps any deposit."]
    with pytest.raises(StaleIndex, match="changed since"):
        opened(folder, filled, embedder)


def test_another_embedder_is_refused_by_name_until_it_is_rebuilt(
    folder: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    other = HashEmbedder(16)
    for attempt in (opened, built):
        with pytest.raises(StaleIndex, match=r"hash-64.*hash-16.*domainkit ingest --rebuild"):
            attempt(folder, filled, other)
    made = Indexes.open(folder, store=filled, embedder=other, vectors="faiss", writable=True)
    made.rebuild()
    assert nearest(opened(folder, filled, other), filled, other, LEASE.split("\n")[0])


def test_another_vector_index_is_refused_until_it_is_rebuilt(
    folder: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    with pytest.raises(StaleIndex, match=r"in faiss.*in chroma"):
        opened(folder, filled, embedder, "chroma")


def test_words_alone_may_be_searched_beside_vectors_but_not_updated(
    folder: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    found = opened(folder, filled, None)
    assert found.vectors is None
    assert words(found, filled, "metformin")
    with pytest.raises(StaleIndex, match="to be used with no embedder"):
        built(folder, filled, None)


def test_an_index_without_vectors_is_refused_to_an_embedder(
    folder: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder, vectors="none")
    assert opened(folder, filled, embedder, "none").vectors is None
    with pytest.raises(StaleIndex, match="indexed with no embedder"):
        opened(folder, filled, embedder)


def test_another_analysis_is_refused(
    folder: Path, filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(folder, filled, None)
    monkeypatch.setattr(module.analysis, "VERSION", "next")
    with pytest.raises(StaleIndex, match=r"text analysis.*domainkit ingest --rebuild"):
        opened(folder, filled, None)


def test_the_indexes_of_a_longer_history_are_refused(
    folder: Path, filled: Store, tmp_path: Path
) -> None:
    built(folder, filled, None)
    other = Store.open(tmp_path / "other.sqlite", create=True)
    with pytest.raises(StaleIndex, match=r"of another store.*--rebuild"):
        built(folder, other, None)
    other.close()


@pytest.mark.parametrize("content", ["", "[]", '{"unknown": 1}', "\xff"])
def test_a_damaged_manifest_is_refused(folder: Path, filled: Store, content: str) -> None:
    built(folder, filled, None)
    (folder / "manifest.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(StaleIndex, match=r"damaged.*--rebuild"):
        opened(folder, filled, None)


@pytest.mark.parametrize("name", ["vectors/state.json", "vectors/vectors-1", "lexical/meta.json"])
def test_a_damaged_index_is_refused_and_can_be_rebuilt(
    folder: Path, filled: Store, embedder: CountingEmbedder, name: str
) -> None:
    built(folder, filled, embedder)
    (folder / name).write_bytes(b"junk")
    with pytest.raises(StaleIndex, match=r"cannot be read.*--rebuild"):
        words(opened(folder, filled, embedder), filled, "landlord")
    made = Indexes.open(folder, store=filled, embedder=embedder, vectors="faiss", writable=True)
    made.rebuild()
    assert words(opened(folder, filled, embedder), filled, "metformin")


def test_an_open_index_takes_up_what_another_process_indexed(
    folder: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    reading = built(folder, filled, embedder)
    put("new.txt", "Quinine cures malaria.", "New")
    built(folder, filled, embedder)
    reading.refresh()
    assert words(reading, filled, "quinine") == ["Quinine cures malaria."]
    assert nearest(reading, filled, embedder, "New\nQuinine cures malaria.").startswith("Quinine")


def test_an_open_index_takes_up_nothing_that_is_half_done(
    folder: Path,
    filled: Store,
    put: Put,
    embedder: CountingEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = built(folder, filled, embedder)
    before = reading.generation
    monkeypatch.setattr(module, "_WRITTEN", 1)
    put("new.txt", "Quinine cures malaria.\nBoiling water helps.")
    embedder.fails_at = "Boiling"
    with pytest.raises(KeyboardInterrupt):
        built(folder, filled, embedder)
    reading.refresh()
    assert reading.generation == before
    embedder.fails_at = ""
    built(folder, filled, embedder)
    reading.refresh()
    assert reading.generation == filled.generation


def test_an_open_index_notices_that_it_was_rebuilt_otherwise(
    folder: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    reading = built(folder, filled, embedder)
    put("new.txt", "Quinine cures malaria.")
    other = HashEmbedder(16)
    made = Indexes.open(folder, store=filled, embedder=other, vectors="faiss", writable=True)
    made.rebuild()
    with pytest.raises(StaleIndex, match="hash-16"):
        reading.refresh()


def test_one_process_writes_at_a_time(folder: Path, filled: Store) -> None:
    folder.mkdir()
    holder = sqlite3.connect(folder / "lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"another process is writing.*wait"):
        built(folder, filled, None)
    holder.close()
    built(folder, filled, None)


def test_the_lock_of_a_process_that_died_holds_nobody_up(folder: Path, filled: Store) -> None:
    code = (
        "import os, sys; from pathlib import Path; from domainkit.store.lock import writing\n"
        "with writing(Path(sys.argv[1])): os._exit(9)"
    )
    died = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, env=os.environ)
    assert died.returncode == 9
    built(folder, filled, None)


def test_the_manifest_says_what_was_indexed(
    folder: Path, filled: Store, embedder: CountingEmbedder
) -> None:
    built(folder, filled, embedder)
    assert json.loads((folder / "manifest.json").read_text()) == {
        "analysis": module.analysis.VERSION,
        "embedder": "hash-64",
        "dim": 64,
        "vectors": "faiss",
        "generation": filled.generation,
        "key": max(entry.key for entry in filled.entries()),
    }


def test_one_thread_takes_up_what_is_new_while_others_go_on(
    folder: Path,
    filled: Store,
    put: Put,
    embedder: CountingEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = built(folder, filled, embedder)
    put("new.txt", "Quinine cures malaria.", "New")
    built(folder, filled, embedder)
    opening, going_on, opened_ones = threading.Event(), threading.Event(), []
    kept = reading._open

    def slowly(held: Any, **options: Any) -> Any:
        opened_ones.append(held)
        opening.set()
        assert going_on.wait(10)
        return kept(held, **options)

    monkeypatch.setattr(reading, "_open", slowly)
    first = threading.Thread(target=reading.refresh)
    first.start()
    assert opening.wait(10)
    reading.refresh()
    assert words(reading, filled, "quinine landlord") != ["Quinine cures malaria."]
    going_on.set()
    first.join()
    assert len(opened_ones) == 1
    assert reading.generation == filled.generation


def test_an_update_opens_nothing_again(
    folder: Path, filled: Store, put: Put, embedder: CountingEmbedder
) -> None:
    made = built(folder, filled, embedder)
    before = made.vectors
    put("new.txt", "Quinine cures malaria.", "New")
    made.update()
    assert made.vectors is before
    assert nearest(made, filled, embedder, "New\nQuinine cures malaria.").startswith("Quinine")
