"""The content hash of files, taken once for as long as a file is not touched."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

# A file touched so shortly before it was hashed may be touched again within the same tick of a
# coarse clock (2 s on FAT): it is hashed again next time.
_TICK = 2_000_000_000


class Fingerprints:
    """Remembers the SHA-256 of files while their size, time of change and inode stay."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}

    def sha256(self, path: Path) -> str:
        """Return the SHA-256 of the content of ``path``.

        Raises:
            OSError: when it cannot be read.
        """
        before = _stamp(path.stat())
        known = self._known.get(path)
        if known is not None and known[0] == before:
            return known[1]
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        self._known.pop(path, None)
        if time.time_ns() - before[1] > _TICK and _stamp(path.stat()) == before:
            self._known[path] = before, found
        return found


def _stamp(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev
