"""How an ingest reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domainkit.ingestion.fingerprints import Fingerprints
from domainkit.ingestion.limits import DEFAULT, Limits


@dataclass(frozen=True, slots=True)
class Options:
    """How an ingest reads.

    ``assigned`` maps folders and globs of file names to profiles. ``passwords`` are tried on
    encrypted files. ``strict`` stops at the first file that cannot be read. ``sync`` forgets
    files that are gone from the disk. ``workers`` read at once (0: as many as the machine can
    keep busy), each within ``limits``. ``fingerprints`` of an earlier ingest save hashing what has
    not been touched since. ``details`` surveys the store for the report even when nothing changed.
    ``mask`` names the kinds of personal data that are masked before anything is kept of a text.
    """

    assigned: Mapping[str, str] = field(default_factory=dict)
    passwords: tuple[str, ...] = ()
    strict: bool = False
    sync: bool = False
    workers: int = 0
    limits: Limits = DEFAULT
    details: bool = False
    mask: tuple[str, ...] = ()
    fingerprints: Fingerprints = field(default_factory=Fingerprints)
