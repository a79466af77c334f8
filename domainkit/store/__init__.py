"""The store: the truth about documents and passages. Indexes derive from it."""

from domainkit.store.documents import Store
from domainkit.store.records import Changes, Counts, DocumentSummary, FileRecord

__all__ = ["Changes", "Counts", "DocumentSummary", "FileRecord", "Store"]
