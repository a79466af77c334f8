"""Gives memory back to the system that was freed and is held for later."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give back what the C library holds of freed memory; elsewhere than in glibc, nothing.

    Each thread that allocates has a pool of its own, which keeps what it frees when it ends. The
    threads of a tantivy writer end with every batch: after ten batches of 4,096 passages the
    process held 88 MiB, and 45 when each was given back (docs/decisions/memory-of-ingest.md).
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
