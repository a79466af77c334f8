"""The store: the truth about documents and passages. Indexes derive from it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domainkit.store.documents import Store
    from domainkit.store.records import Changes, Counts, DocumentSummary, FileRecord

__all__ = ["Changes", "Counts", "DocumentSummary", "FileRecord", "Store"]


def __getattr__(name: str) -> Any:
    """Import what is asked for: names of passages are wanted where there is no database."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "documents" if name == "Store" else "records"
    return getattr(import_module(f"{__name__}.{home}"), name)
