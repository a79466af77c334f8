"""A vector index finds what comparing everything finds, whatever was added and removed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domainkit.retrieval import faiss_cells, faiss_index
from domainkit.retrieval.faiss_index import FaissIndex
from domainkit.types import Entry, Filter, Passage, Span, Validity

DIM = 8
DAY = date(2024, 5, 1)
FILTERS = [Filter(), Filter(as_of=DAY), Filter(groups=("a",)), Filter(jurisdiction="EU")]

keys = st.lists(st.integers(1, 60), min_size=1, max_size=25, unique=True)
steps = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "open", "open for writing"]), keys),
    min_size=1,
    max_size=8,
)


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells, new cells and compaction after a few vectors, as they come after thousands."""
    monkeypatch.setattr(faiss_index, "FLAT", 20)
    monkeypatch.setattr(faiss_index, "GROWTH", 2)
    monkeypatch.setattr(faiss_cells, "_CELLS_A_ROOT", 0.5)
    monkeypatch.setattr(faiss_cells, "_PROBED", 1)
    monkeypatch.setattr(faiss_cells, "_AGAIN", 60)
    monkeypatch.setattr(faiss_cells, "_NARROW", 2.0)  # every cell: nothing is approximate


def entry(key: int, version: int) -> Entry:
    until = DAY if (key + version) % 3 == 0 else None
    passage = Passage(f"p{key}", "d", "", "", Span(0, 1), "x", validity=Validity(None, until))
    place = ("EU", "CN", None)[key % 3]
    return Entry(key, passage, jurisdiction=place, group="ab"[version % 2])


def vector(key: int, version: int) -> np.ndarray:
    made = np.random.default_rng([key, version]).normal(size=DIM)
    return (made / np.linalg.norm(made)).astype(np.float16).astype(np.float32)


def passes(held: Entry, filter: Filter) -> bool:
    return (
        (not filter.as_of or held.passage.validity.covers(filter.as_of))
        and (not filter.groups or held.group in filter.groups)
        and (not filter.jurisdiction or held.jurisdiction in (filter.jurisdiction, None))
    )


@settings(max_examples=60, deadline=None)
@given(steps)
def test_it_finds_what_comparing_everything_finds(done: list[tuple[str, list[int]]]) -> None:
    held: dict[int, tuple[Entry, np.ndarray]] = {}
    with tempfile.TemporaryDirectory() as folder:
        index = FaissIndex(Path(folder), DIM)
        for version, (step, touched) in enumerate(done):
            if step == "add":
                new = {key: (entry(key, version), vector(key, version)) for key in touched}
                made = [e for e, _ in new.values()]
                index.add(made, np.stack([v for _, v in new.values()]))
                held |= new
            elif step == "remove":
                index.remove(touched)
                held = {key: value for key, value in held.items() if key not in touched}
            else:
                make = FaissIndex if step == "open" else FaissIndex.for_writing
                index = make(Path(folder), DIM)
            assert len(index) == len(held)
        query = vector(0, 0)
        for kept in FILTERS:
            scores = {k: float(v @ query) for k, (e, v) in held.items() if passes(e, kept)}
            expected = sorted(scores, key=lambda key: (-scores[key], key))
            assert [hit.key for hit in index.search(query, 70, kept)] == expected
            assert [hit.key for hit in index.search(query, 3, kept)] == expected[:3]


@pytest.mark.parametrize("kept", [1, 5, 40, 300])
def test_a_narrow_filter_gives_as_many_as_pass(
    kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One cell is looked at, and what passes lies in others."""
    monkeypatch.setattr(faiss_cells, "_CELLS_A_ROOT", 1)
    monkeypatch.setattr(faiss_cells, "_NARROW", 0.0)
    monkeypatch.setattr(faiss_cells, "_AGAIN", 2)
    index = FaissIndex(tmp_path, DIM)
    entries = [replace(entry(k, 0), group="w" if k <= kept else "") for k in range(1, 401)]
    index.add(entries, np.stack([vector(k, 1) for k in range(1, 401)]))
    assert isinstance(index._found, faiss_cells.Cells)
    hits = index.search(vector(0, 0), 10, Filter(groups=("w",)))
    assert len(hits) == min(10, kept)
    assert all(hit.key <= kept for hit in hits)
    assert len(index.search(vector(0, 0), 390, Filter())) == 390
