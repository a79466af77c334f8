"""A file is hashed once for as long as nobody touches it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from domainkit.ingestion.fingerprints import Fingerprints

LONG_AGO = 1_000_000_000


def test_an_untouched_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.utime(path, (LONG_AGO, LONG_AGO))
    known = Fingerprints()
    assert known.sha256(path) == hashlib.sha256(b"one").hexdigest()
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert known.sha256(path) == hashlib.sha256(b"one").hexdigest()


def test_a_touched_file_is_hashed_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    known = Fingerprints()
    for content, when in [(b"one", 0), (b"two", 1), (b"three", 1)]:
        path.write_bytes(content)
        os.utime(path, (LONG_AGO + when, LONG_AGO + when))
        assert known.sha256(path) == hashlib.sha256(content).hexdigest()


def test_a_file_changed_just_now_is_hashed_again(tmp_path: Path) -> None:
    """Two changes within one tick of the clock leave the same size and time."""
    path = tmp_path / "file"
    path.write_bytes(b"one")
    stamp = path.stat().st_mtime_ns
    known = Fingerprints()
    known.sha256(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(stamp, stamp))
    assert known.sha256(path) == hashlib.sha256(b"two").hexdigest()
