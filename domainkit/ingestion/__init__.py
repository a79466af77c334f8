"""From files to passages: recognise, read, outline, divide; one line a file in the report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domainkit.ingestion.folder import ingest
    from domainkit.ingestion.options import Options
    from domainkit.ingestion.places import Source
    from domainkit.ingestion.profile import Profiles
    from domainkit.ingestion.report import FileReport, Report

__all__ = ["FileReport", "Options", "Profiles", "Report", "Source", "ingest"]

# Imported when first asked for: a worker needs neither the store nor the database behind it.
_HOMES = {
    "FileReport": "report",
    "Options": "options",
    "Profiles": "profile",
    "Report": "report",
    "Source": "places",
    "ingest": "folder",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
