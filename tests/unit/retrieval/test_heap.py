"""What was freed goes back to the system."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from domainkit.retrieval import heap, lexical
from domainkit.retrieval.lexical import TantivyIndex
from domainkit.types import Entry, Passage, Span

MIB = 1 << 20


def held() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked")
def test_what_was_freed_is_given_back() -> None:
    freed = [bytes(4_000) for _ in range(16_000)]
    kept = freed[::100]  # what is held here and there keeps the rest from going by itself
    del freed
    before = held()
    heap.give_back()
    assert before - held() > 30 * MIB
    assert len(kept) == 160


def test_a_batch_that_is_written_gives_back_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    index = TantivyIndex(tmp_path)
    monkeypatch.setattr(lexical.heap, "give_back", lambda: given.append(len(index)))
    index.add([Entry(1, Passage("p", "d", "", "", Span(0, 1), "x"))])
    index.remove([1])
    assert given == [1, 0]
