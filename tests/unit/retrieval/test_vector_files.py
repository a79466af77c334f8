"""Vectors on disk outlive a process that dies, and what is erased leaves no byte behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from domainkit.errors import StaleIndex
from domainkit.retrieval import faiss_cells, faiss_index, vector_files
from domainkit.retrieval.faiss_index import FaissIndex
from domainkit.retrieval.vector_files import State, VectorFiles
from domainkit.types import Entry, Filter, Passage, Span

DIM = 8
ALL = Filter()


def entries(*keys: int) -> list[Entry]:
    return [Entry(key, Passage(f"p{key}", "d", "", "", Span(0, 1), "x")) for key in keys]


def vectors(*keys: int) -> np.ndarray:
    made = [np.random.default_rng(key).normal(size=DIM) for key in keys]
    return np.stack([vector / np.linalg.norm(vector) for vector in made]).astype(np.float32)


def filled(folder: Path, *keys: int) -> FaissIndex:
    index = FaissIndex(folder, DIM)
    index.add(entries(*keys), vectors(*keys))
    return index


def held(folder: Path, key: int) -> bool:
    """Return whether the bytes of a vector stand anywhere in the folder."""
    sought = vectors(key).astype(np.float16).tobytes()
    return any(sought in path.read_bytes() for path in folder.iterdir())


def keys(index: FaissIndex) -> list[int]:
    return sorted(hit.key for hit in index.search(vectors(1), 1000, ALL))


def test_what_is_removed_leaves_no_byte_of_its_vector(tmp_path: Path) -> None:
    index = filled(tmp_path, *range(1, 21))
    assert held(tmp_path, 3)
    index.remove([3])
    assert not held(tmp_path, 3)
    assert held(tmp_path, 4)
    index.add(entries(4), vectors(40))
    assert not held(tmp_path, 4)
    assert held(tmp_path, 40)


def test_much_that_is_removed_makes_the_files_smaller(tmp_path: Path) -> None:
    index = filled(tmp_path, *range(1, 21))
    before, reader = (tmp_path / "vectors-1").stat().st_size, FaissIndex(tmp_path, DIM)
    index.remove(range(1, 8))
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "rows-2",
        "state.json",
        "vectors-2",
    ]
    assert (tmp_path / "vectors-2").stat().st_size == before * 13 // 20
    assert keys(index) == keys(FaissIndex(tmp_path, DIM)) == list(range(8, 21))
    assert keys(reader) == list(range(1, 21))


def test_rows_that_were_never_committed_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = filled(tmp_path, 1, 2)

    def dies(self: State, folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(State, "write", dies)
        index.add(entries(3, 4, 5), vectors(3, 4, 5))
    again = FaissIndex(tmp_path, DIM)
    assert keys(again) == [1, 2]
    again.add(entries(6), vectors(6))
    assert keys(FaissIndex(tmp_path, DIM)) == [1, 2, 6]
    assert not held(tmp_path, 5)


def test_an_erasure_that_is_cut_short_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = filled(tmp_path, *range(1, 21))

    def dies(file: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(vector_files.os, "fsync", dies)
        index.remove([3])
    again = FaissIndex(tmp_path, DIM)
    assert 3 in keys(again)
    again.remove([3])
    assert 3 not in keys(FaissIndex(tmp_path, DIM))
    assert not held(tmp_path, 3)


def test_no_byte_is_left_in_cells_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_index, "FLAT", 10)
    index = filled(tmp_path, *range(1, 41))
    before = np.fromfile(tmp_path / "codes-1", dtype=np.uint8).reshape(40, DIM)
    index.remove([3])
    after = np.fromfile(tmp_path / "codes-1", dtype=np.uint8).reshape(40, DIM)
    assert before[2].any()
    assert not after[2].any()
    assert (before[3:] == after[3:]).all()
    index.remove(range(4, 20))
    left = np.fromfile(tmp_path / "codes-2", dtype=np.uint8).reshape(-1, DIM)
    assert (left == before[[0, 1, *range(19, 40)]]).all()
    assert keys(FaissIndex(tmp_path, DIM)) == [1, 2, *range(20, 41)]


def test_files_a_process_that_died_left_are_swept(tmp_path: Path) -> None:
    index = filled(tmp_path, *range(1, 21))
    (tmp_path / "vectors-2").write_bytes(vectors(3).astype(np.float16).tobytes())
    index.remove([3])
    assert not held(tmp_path, 3)


@pytest.mark.parametrize("name", ["rows-1", "vectors-1", "cells-1", "codes-1", "quantiser-1"])
@pytest.mark.parametrize("left", [None, 5])
def test_a_damaged_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, left: int | None
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT", 10)
    filled(tmp_path, *range(1, 41))
    path = tmp_path / name
    path.unlink() if left is None else path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(StaleIndex, match=r"cannot be read.*--rebuild"):
        FaissIndex(tmp_path, DIM)


def test_cells_of_other_vectors_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT", 10)
    filled(tmp_path, *range(1, 41))
    np.full(40, 10_000, dtype="<i4").tofile(tmp_path / "cells-1")
    with pytest.raises(StaleIndex, match="do not belong together"):
        FaissIndex(tmp_path, DIM)


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"dim": 8, "names": 3}',
        "\xff",
        '{"names": []}',
        '{"dim": 8, "names": [], "layout": 9}',
    ],
)
def test_a_damaged_state_is_refused(tmp_path: Path, content: str) -> None:
    filled(tmp_path, 1)
    (tmp_path / "state.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(StaleIndex, match=r"cannot be read.*--rebuild"):
        VectorFiles(tmp_path, DIM)


def test_cells_are_made_when_vectors_are_many_and_again_when_they_have_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT", 10)
    monkeypatch.setattr(faiss_index, "GROWTH", 4)
    index, seen = FaissIndex(tmp_path, DIM), []
    for start in range(1, 101, 10):
        added = range(start, start + 10)
        index.add(entries(*added), vectors(*added))
        seen.append((type(index._found).__name__, State.read(tmp_path).trained))  # type: ignore[union-attr]
    assert seen[0] == ("Flat", 0)
    assert seen[1:] == [("Cells", 20)] * 7 + [("Cells", 90)] * 2
    assert isinstance(index._found, faiss_cells.Cells)
    assert keys(index) == keys(FaissIndex(tmp_path, DIM)) == list(range(1, 101))


def test_what_is_written_is_held_from_the_first_search_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT", 10)
    index, held = FaissIndex.for_writing(tmp_path, DIM), []
    for start in (1, 9, 17):  # flat, divided, added to cells
        index.add(entries(*range(start, start + 8)), vectors(*range(start, start + 8)))
        held.append(index._found._index.ntotal)
    index.remove([3])
    assert held == [0, 0, 0]
    assert keys(index) == keys(FaissIndex(tmp_path, DIM)) == [1, 2, *range(4, 25)]
    assert index._found._index.ntotal == 23
    index.add(entries(25), vectors(25))
    assert keys(index)[-1] == 25


def test_vectors_are_taken_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index, taken = filled(tmp_path, *range(1, 21)), []
    take = vector_files._Mapped.take
    monkeypatch.setattr(vector_files, "BLOCK", 8)
    monkeypatch.setattr(
        vector_files._Mapped,
        "take",
        lambda self, positions, rows: taken.append(len(positions)) or take(self, positions, rows),
    )
    wanted = list(range(20, 0, -1))
    assert np.allclose(index.vectors(wanted), vectors(*wanted), atol=1e-3)
    assert taken == [8, 8, 4]


def test_a_search_takes_one_thread_and_leaves_the_setting_as_it_was(tmp_path: Path) -> None:
    index, seen = filled(tmp_path, 1, 2), []
    library, kept = index._faiss, index._found.search
    before = library.omp_get_max_threads()
    index._found.search = lambda *asked: (  # type: ignore[method-assign]
        seen.append(library.omp_get_max_threads()) or kept(*asked)
    )
    assert keys(index) == [1, 2]
    assert set(seen) == {1}
    assert library.omp_get_max_threads() == before


def test_a_reader_that_has_not_searched_yet_goes_on_while_the_files_are_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT", 20)
    writer = filled(tmp_path, *range(1, 41))
    reader = FaissIndex(tmp_path, DIM)

    writer.remove(range(1, 21))

    found = reader.search(vectors(30), 3, ALL)
    assert found[0].key == 30
