from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest

from domainkit import extras
from domainkit.ingestion.watch import changes


def test_a_silent_folder_is_looked_at_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [set(), {1}, set(), set(), set(), set(), set(), {1}, set()]

    def watch(*_: object, **__: object) -> Iterator[set[int]]:
        yield from said

    monkeypatch.setattr(extras, "load", lambda *_, **__: SimpleNamespace(watch=watch))

    found = list(islice(changes([tmp_path]), len(said) + 1))

    #        at once, before anyone listened, told, then silence with one look in it, told, silence
    assert found == [True, True, True, False, False, False, True, False, True, False]
