"""From files to passages: recognise, read, outline, divide; one line a file in the report."""

from domainkit.ingestion.folder import Options, ingest
from domainkit.ingestion.places import Source
from domainkit.ingestion.profile import Profiles
from domainkit.ingestion.report import FileReport, Report

__all__ = ["FileReport", "Options", "Profiles", "Report", "Source", "ingest"]
