"""Files are whole or absent; scopes agree with validity; ties are cut by key."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.errors import StaleIndex, StoreError
from domainkit.retrieval import scope
from domainkit.retrieval.chroma_index import ChromaIndex
from domainkit.retrieval.faiss_index import FaissIndex
from domainkit.retrieval.files import replacing
from domainkit.retrieval.lexical import TantivyIndex
from domainkit.retrieval.ranking import best
from domainkit.types import Entry, Filter, Hit, Passage, Span, Validity


def entry(key: int, text: str = "words", **scope: object) -> Entry:
    validity = Validity(scope.pop("since", None), scope.pop("until", None))  # type: ignore[arg-type]
    passage = Passage(f"p{key}", "d", "", "", Span(0, len(text)), text, validity=validity)
    return Entry(key, passage, **scope)  # type: ignore[arg-type]


def test_a_file_takes_its_place_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with replacing(path) as file:
        file.write(b"old")
    with pytest.raises(RuntimeError), replacing(path) as file:
        file.write(b"half of the new")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), unique_by=lambda t: t[1]))
def test_the_best_are_the_same_wherever_an_engine_cuts(found: list[tuple[int, int]]) -> None:
    hits = sorted((Hit(key, float(score)) for score, key in found), key=lambda hit: -hit.score)
    expected = sorted(hits, key=lambda hit: (-hit.score, hit.key))
    for k in range(len(hits) + 2):
        assert best(lambda limit: hits[:limit], k) == expected[:k]


days = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 6))


@given(
    st.lists(
        st.tuples(days, days, st.sampled_from(["", "EU", "CN"]), st.sampled_from("ab")),
        min_size=1,
        max_size=8,
    ),
    days,
    st.sampled_from([None, "EU"]),
    st.sampled_from([(), ("a",), ("a", "b")]),
)
def test_a_scope_passes_what_the_filter_says(
    rows: list[tuple[date | None, date | None, str, str]],
    day: date | None,
    place: str | None,
    groups: tuple[str, ...],
) -> None:
    entries = [
        entry(key, since=since, until=until, jurisdiction=where or None, group=group)
        for key, (since, until, where, group) in enumerate(rows, start=1)
    ]
    expected = [
        e.key
        for e in entries
        if (day is None or e.passage.validity.covers(day))
        and (place is None or e.jurisdiction in (None, place))
        and (not groups or e.group in groups)
    ]
    described, names = scope.described(entries, ("",))
    mask = scope.passing(described, names, Filter(day, place, groups))
    assert described["key"][mask].tolist() == expected
    described[:1] = np.zeros(1, dtype=scope.ROW)
    mask = scope.passing(described, names, Filter(day, place, groups))
    assert described["key"][mask].tolist() == [key for key in expected if key != 1]


def vectors(count: int, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_faiss_gives_the_exact_inner_products_of_what_passes(tmp_path: Path) -> None:
    index, made = FaissIndex(tmp_path, 8), vectors(300)
    held = made.astype(np.float16).astype(np.float32)
    start = date(2020, 1, 1)
    entries = [entry(key, since=start + timedelta(days=key % 7)) for key in range(1, 301)]
    index.add(entries, made)
    index.remove(range(10, 60))
    day = start + timedelta(days=2)
    kept = [e.key for e in entries if e.key % 7 <= 2 and not 10 <= e.key < 60]
    for query in vectors(5, seed=1):
        scores = {key: float(held[key - 1] @ query) for key in kept}
        expected = sorted(scores, key=lambda key: (-scores[key], key))[:20]
        hits = index.search(query, 20, Filter(as_of=day))
        assert [hit.key for hit in hits] == expected
        assert [hit.score for hit in hits] == pytest.approx([scores[key] for key in expected])


def test_a_faiss_index_of_another_length_is_refused(tmp_path: Path) -> None:
    FaissIndex(tmp_path, 8).add([entry(1)], vectors(1))
    with pytest.raises(StaleIndex, match="vectors of 8 numbers, the embedder makes 16"):
        FaissIndex(tmp_path, 16)


def test_a_chroma_index_of_another_length_is_refused(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, 8)
    index.add([entry(1)], vectors(1))
    index.close()
    with pytest.raises(StaleIndex, match="vectors of 8 numbers, the embedder makes 16"):
        ChromaIndex(tmp_path, 16)


def test_a_lexical_index_that_is_being_written_is_refused_to_a_second_writer(
    tmp_path: Path,
) -> None:
    first, second = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    writer = first._index.writer(15_000_000, 1)
    with pytest.raises(StoreError, match="another process is writing"):
        second.add([entry(1)])
    writer.wait_merging_threads()
    second.add([entry(1)])
    assert len(second) == 1


def test_an_open_lexical_index_sees_what_another_wrote(tmp_path: Path) -> None:
    first, second = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    first.add([entry(1, "quinine")])
    third = TantivyIndex(tmp_path)
    assert [hit.key for hit in third.search("quinine", 5, Filter())] == [1]
    second.remove([1])
    assert TantivyIndex(tmp_path).search("quinine", 5, Filter()) == []
